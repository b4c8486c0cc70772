# How every C file of this project is compiled: strict C11, hidden symbols, position-independent.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion)
# A debug build optimises a little: some warnings need it, and the tests run faster.
add_compile_options($<$<CONFIG:Debug>:-Og>)
if(REFGRAPH_WERROR)
    add_compile_options(-Werror)
endif()
if(REFGRAPH_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined
        -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
endif()
if(REFGRAPH_FUZZ)
    add_compile_options($<$<COMPILE_LANGUAGE:C>:-fsanitize=fuzzer-no-link>)
endif()

# A wheel carries its libraries inside: optimise across their borders (10 % on a capture). Installed
# static libraries stay ordinary ones, which every compiler can link.
if(DEFINED SKBUILD)
    include(CheckIPOSupported)
    check_ipo_supported(RESULT has_lto OUTPUT reason LANGUAGES C)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${has_lto})
endif()
