#!/bin/sh
# installed_package.sh <cmake> <generator> <build> <examples/c> <scratch> <cc> <python>
# Installs into a scratch prefix, moves the prefix, and builds and runs examples/c against it: with
# CMake's package and with pkg-config, with the shared and with the static libraries.
set -eu
cmake=$1 generator=$2 build=$3 examples=$4 scratch=$5 cc=$6 python=$7

fail() {
    echo "installed_package: $*" >&2
    exit 1
}

# run <folder> <shared|static>: the programs of a folder, what they should have done, and with what
run() (
    cd "$1"
    for program in hand_built saved embed cycle_report; do
        linked=static
        if ldd "$program" | grep -q librefgraph; then linked=shared; fi
        [ $linked = "$2" ] || fail "$1/$program is $linked"
    done
    rm -rf out
    ./hand_built
    "$python" -c 'import sys, xml.dom.minidom as d; d.parse(sys.argv[1])' out/hand_built.svg
    grep -q 'Session' out/hand_built.svg || fail "$1: the SVG does not name the type"
    [ "$(head -c 4 out/hand_built.png | tail -c 3)" = PNG ] || fail "$1: no PNG"
    ./saved >saved.txt
    cat saved.txt
    grep -qF "sys.modules['app'].CACHE[0]" saved.txt || fail "$1: not what the file knows"
    ./embed >embed.txt
    cat embed.txt
    grep -qF "sys.modules['__main__'].CACHE['ann'][0]" embed.txt || fail "$1: not the chain"
    ./cycle_report >cycles.txt
    cat cycles.txt
    grep -qF 'Cut: __main__.Node.parent' cycles.txt || fail "$1: not what to cut"
    grep -qF '__main__.Job has __del__' cycles.txt || fail "$1: not the finalizer"
    grep -q 'cut here' out/cycle.svg || fail "$1: the picture does not say what to cut"
)

rm -rf "$scratch"
mkdir -p "$scratch"
"$cmake" --install "$build" --prefix "$scratch/staged" >/dev/null
prefix=$scratch/prefix
mv "$scratch/staged" "$prefix" # nothing installed may know where it was put
! grep -rlF -e "$scratch/staged" -e "$build" "$prefix" --include='*.cmake' --include='*.pc' ||
    fail "a path of this machine is in the package"

root=$("$python" -c 'import sys; print(sys.base_prefix)')
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')

for kind in shared static; do
    "$cmake" -S "$examples" -B "$scratch/cmake-$kind" -G "$generator" \
        -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" -DPython_ROOT_DIR="$root" \
        -DREFGRAPH_LINKAGE=$kind >/dev/null
    "$cmake" --build "$scratch/cmake-$kind"
    run "$scratch/cmake-$kind" $kind
done

# pkg-config takes the static libraries where there are no shared ones beside them.
libdir=$(dirname "$(find "$prefix" -name refgraph.pc)")/..
mkdir "$scratch/only-static"
cp -R "$prefix/." "$scratch/only-static"
find "$scratch/only-static" -name '*.so*' -exec rm {} +
export LD_LIBRARY_PATH="$libdir:$root/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"

for kind in shared static; do
    folder=$scratch/pkgconfig-$kind
    mkdir "$folder"
    case $kind in
    shared) from=$prefix option= ;;
    static) from=$scratch/only-static option=--static ;;
    esac
    PKG_CONFIG_PATH=$(dirname "$(find "$from" -name refgraph.pc)")
    PKG_CONFIG_PATH=$PKG_CONFIG_PATH:$root/lib/pkgconfig
    export PKG_CONFIG_PATH
    # shellcheck disable=SC2046,SC2086 # the words are flags
    "$cc" -std=c11 "$examples/hand_built.c" -o "$folder/hand_built" \
        $(pkg-config $option --cflags --libs refgraph-render)
    # shellcheck disable=SC2046,SC2086
    "$cc" -std=c11 "$examples/saved.c" -o "$folder/saved" \
        $(pkg-config $option --cflags --libs refgraph)
    # shellcheck disable=SC2046,SC2086
    "$cc" -std=c11 "$examples/embed.c" -o "$folder/embed" \
        $(pkg-config $option --cflags --libs refgraph-capture "python-$version-embed")
    # shellcheck disable=SC2046,SC2086
    "$cc" -std=c11 "$examples/cycle_report.c" -o "$folder/cycle_report" \
        $(pkg-config $option --cflags --libs refgraph-render refgraph-capture \
            "python-$version-embed")
    run "$folder" $kind
done
