# Finds what the libraries stand on and turns AUTO into ON or OFF:
#   xxHash    → REFGRAPH_XXHASH (headers only)
#   zstd      → target PkgConfig::REFGRAPH_ZSTD where it is found (packed snapshots)
#   Graphviz  → target PkgConfig::REFGRAPH_GRAPHVIZ, REFGRAPH_GRAPHVIZ_PARENT (for <graphviz/gvc.h>)
#   CPython   → Python::Module, Python::Python where the interpreter can be embedded
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

find_path(REFGRAPH_XXHASH xxhash.h)
mark_as_advanced(REFGRAPH_XXHASH)
if(NOT REFGRAPH_XXHASH)
    message(FATAL_ERROR "refgraph needs xxHash's header: apt-get install libxxhash-dev")
endif()

if(NOT REFGRAPH_WITH_ZSTD STREQUAL "OFF")
    find_package(PkgConfig)
    if(PkgConfig_FOUND)
        pkg_check_modules(REFGRAPH_ZSTD IMPORTED_TARGET libzstd)
    endif()
    if(REFGRAPH_ZSTD_FOUND)
        set(REFGRAPH_WITH_ZSTD ON)
    elseif(REFGRAPH_WITH_ZSTD STREQUAL "AUTO")
        message(STATUS "No zstd headers (libzstd.pc): built without packed snapshots")
        set(REFGRAPH_WITH_ZSTD OFF)
    else()
        message(FATAL_ERROR "packed snapshots need pkg-config and zstd's headers and library: "
            "apt-get install pkg-config libzstd-dev, or configure with -DREFGRAPH_WITH_ZSTD=OFF")
    endif()
endif()

if(NOT REFGRAPH_BUILD_RENDER STREQUAL "OFF")
    find_package(PkgConfig)
    if(PkgConfig_FOUND)
        pkg_check_modules(REFGRAPH_GRAPHVIZ IMPORTED_TARGET libgvc libcgraph libcdt)
    endif()
    if(REFGRAPH_GRAPHVIZ_FOUND)
        # Older releases name the folder itself in Cflags, newer ones the folder above it too.
        find_path(REFGRAPH_GRAPHVIZ_PARENT graphviz/gvc.h
            HINTS ${REFGRAPH_GRAPHVIZ_INCLUDE_DIRS} ${REFGRAPH_GRAPHVIZ_INCLUDEDIR} PATH_SUFFIXES ..)
        mark_as_advanced(REFGRAPH_GRAPHVIZ_PARENT)
        set(REFGRAPH_BUILD_RENDER ON)
    elseif(REFGRAPH_BUILD_RENDER STREQUAL "AUTO")
        message(STATUS "No Graphviz headers (libgvc.pc): built without pictures")
        set(REFGRAPH_BUILD_RENDER OFF)
    else()
        message(FATAL_ERROR "refgraph_render needs pkg-config and Graphviz's headers and libraries: "
            "apt-get install pkg-config libgraphviz-dev, or configure with -DREFGRAPH_BUILD_RENDER=OFF")
    endif()
endif()

if(REFGRAPH_BUILD_PYTHON OR NOT REFGRAPH_BUILD_CAPTURE STREQUAL "OFF")
    find_package(Python 3.9 COMPONENTS Interpreter Development.Module
        OPTIONAL_COMPONENTS Development.Embed)
    if(Python_Development.Module_FOUND)
        set(REFGRAPH_BUILD_CAPTURE ON)
    elseif(REFGRAPH_BUILD_CAPTURE STREQUAL "AUTO" AND NOT REFGRAPH_BUILD_PYTHON)
        message(STATUS "No CPython headers: built without capturing")
        set(REFGRAPH_BUILD_CAPTURE OFF)
    else()
        message(FATAL_ERROR "refgraph_capture and the Python package need the headers of CPython 3.9 "
            "or newer: apt-get install python3-dev, or configure with -DREFGRAPH_BUILD_CAPTURE=OFF "
            "-DREFGRAPH_BUILD_PYTHON=OFF; another interpreter: -DPython_EXECUTABLE=…")
    endif()
endif()
