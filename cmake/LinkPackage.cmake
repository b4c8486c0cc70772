# cmake -DFROM=<package's sources> -DTO=<folder> -P LinkPackage.cmake
# Makes <folder> hold a link to each entry of <package's sources>, and drops links to entries that
# are gone. Runs at every build: new files need no new configuration.
file(MAKE_DIRECTORY ${TO})
file(GLOB old LIST_DIRECTORIES true ${TO}/*)
foreach(entry IN LISTS old)
    if(IS_SYMLINK ${entry} AND NOT EXISTS ${entry})
        file(REMOVE ${entry})
    endif()
endforeach()
file(GLOB entries LIST_DIRECTORIES true ${FROM}/*)
list(FILTER entries EXCLUDE REGEX "/__pycache__$")
foreach(entry IN LISTS entries)
    get_filename_component(name ${entry} NAME)
    file(CREATE_LINK ${entry} ${TO}/${name} SYMBOLIC)
endforeach()
