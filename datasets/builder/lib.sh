# shellcheck shell=sh
# What build and fetch share: messages, tools, and packages that are downloaded once and checked.
# The caller sets $here (datasets/) and $me (the name in messages).

: "${here:?}" "${me:?}"
cache=$here/cache
tab=$(printf '\t')

die() {
    printf '%s: %s\n' "$me" "$*" >&2
    exit 1
}

# need COMMAND PACKAGE: stops unless the command is there.
need() {
    command -v "$1" >/dev/null 2>&1 || die "$1 is missing; install it with: apt-get install $2"
}

# need_pictures: the tools that turn SVG into sheets.
need_pictures() {
    need node nodejs
    need rsvg-convert librsvg2-bin
    need pngquant pngquant
}

# sources PART: its lines of builder/sources.tsv (part, kind, package, version, bytes, sha256).
sources() {
    awk -F'\t' -v part="$1" '$1 == part' "$here/builder/sources.tsv"
}

checksum_of() {
    sha256sum "$1" | cut -d' ' -f1
}

# give_up LOG WHAT: shows the end of the log and stops.
give_up() {
    tail -n 5 "$1" >&2
    die "cannot download $2"
}

# download KIND PACKAGE VERSION SHA256 FILE: FILE appears only when it is whole and has the right checksum.
download() {
    if [ -f "$5" ] && [ "$(checksum_of "$5")" = "$4" ]; then
        return
    fi
    mkdir -p "$cache"
    fresh=$(mktemp -d "$cache/part.XXXXXX")
    trap 'rm -rf "$fresh"' EXIT
    trap 'exit 1' HUP INT TERM
    log=$fresh/log
    case $1 in
    deb)
        need apt-get apt
        (cd "$fresh" && apt-get download -q "$2=$3") >"$log" 2>&1 ||
            give_up "$log" "the Debian package $2 $3: is the network up, are the lists fresh (apt-get update)?"
        ;;
    npm)
        need npm npm
        (cd "$fresh" && npm pack --silent "$2@$3") >"$log" 2>&1 ||
            give_up "$log" "the npm package $2 $3: is the network up?"
        ;;
    esac
    mv "$fresh"/*.deb "$fresh/package" 2>/dev/null || mv "$fresh"/*.tgz "$fresh/package"
    sum=$(checksum_of "$fresh/package")
    [ "$sum" = "$4" ] || die "$2 $3 is not what it was: sha256 $sum, expected $4"
    mv "$fresh/package" "$5"
    rm -rf "$fresh"
}

# get PART DIRECTORY: downloads the packages of a part and unpacks each into DIRECTORY/<package name>.
get() {
    sources "$1" | while IFS=$tab read -r _ kind name version _ sum; do
        file=$cache/$(printf '%s_%s.%s' "$name" "$version" "$kind" | tr '/:' '--')
        download "$kind" "$name" "$version" "$sum" "$file"
        mkdir -p "$2/$name"
        case $kind in
        deb) dpkg-deb -x "$file" "$2/$name" ;;
        npm) tar -xzf "$file" -C "$2/$name" --strip-components=1 ;;
        esac
    done
}
