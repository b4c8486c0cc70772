# Headers, libraries, the CMake package and the pkg-config files. All installed files find each other
# by relative paths, so that the prefix can be moved.
include(CMakePackageConfigHelpers)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/refgraph)

# One export set a library and kind: the config loads what was asked for, and only that has to exist.
# install_library(<target's name> <component> <headers>)
function(install_library name component)
    list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/include/refgraph/ OUTPUT_VARIABLE headers)
    install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/refgraph)
    foreach(kind IN ITEMS static shared)
        install(TARGETS ${name}_${kind} EXPORT refgraph-${component}-${kind})
        install(EXPORT refgraph-${component}-${kind} NAMESPACE refgraph:: DESTINATION ${config_dir})
    endforeach()
endfunction()

# install_pkgconfig(<file> <library file name> ...) fills cmake/library.pc.in.
function(install_pkgconfig pc_name pc_library)
    cmake_parse_arguments(arg "" "DESCRIPTION;REQUIRES;REQUIRES_PRIVATE;LIBS_PRIVATE" "" ${ARGN})
    set(pc_dir ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig)
    file(RELATIVE_PATH to_prefix ${pc_dir} ${CMAKE_INSTALL_PREFIX})
    string(REGEX REPLACE "/$" "" to_prefix ${to_prefix})
    file(RELATIVE_PATH to_libdir ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_LIBDIR})
    file(RELATIVE_PATH to_includedir ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
    configure_file(${PROJECT_SOURCE_DIR}/cmake/library.pc.in ${PROJECT_BINARY_DIR}/${pc_name}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/${pc_name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

install_library(refgraph refgraph refgraph.h base.h graph.h file.h analysis.h
    objects.h chains.h cycles.h retained.h growth.h arrow.h)
set(zstd)
if(REFGRAPH_WITH_ZSTD)
    set(zstd libzstd)
endif()
install_pkgconfig(refgraph refgraph DESCRIPTION "${PROJECT_DESCRIPTION}" REQUIRES_PRIVATE "${zstd}")

if(REFGRAPH_BUILD_RENDER)
    install_library(refgraph_render render render.h)
    install(TARGETS refgraph_draw DESTINATION ${CMAKE_INSTALL_LIBDIR}/refgraph)
    install_pkgconfig(refgraph-render refgraph_render
        DESCRIPTION "Reference graphs as SVG, PNG, PDF or DOT"
        REQUIRES "refgraph = ${PROJECT_VERSION}" REQUIRES_PRIVATE "libgvc libcgraph libcdt"
        LIBS_PRIVATE "-lm -ldl -pthread")
endif()
if(REFGRAPH_BUILD_CAPTURE)
    # An extension module adds python-X.Y to it, a program that embeds Python python-X.Y-embed.
    set(python_version ${Python_VERSION_MAJOR}.${Python_VERSION_MINOR})
    install_library(refgraph_capture capture capture.h fork.h live.h)
    install_pkgconfig(refgraph-capture refgraph_capture-py${python_version}
        DESCRIPTION "The running CPython ${python_version} heap as a reference graph"
        REQUIRES "refgraph = ${PROJECT_VERSION}"
        LIBS_PRIVATE "-lm -ldl")
endif()

configure_package_config_file(cmake/refgraphConfig.cmake.in ${PROJECT_BINARY_DIR}/refgraphConfig.cmake
    INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/refgraphConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/refgraphConfig.cmake
    ${PROJECT_BINARY_DIR}/refgraphConfigVersion.cmake DESTINATION ${config_dir})
