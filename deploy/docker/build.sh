#!/bin/sh
# Builds the images, or pins their bases.
#   build.sh TAG [IMAGE...]         all images, or those named (coordinator, gpu-agent, gpu-agent-cpu, cli, viewer), as neuron-atlas-IMAGE:TAG
#   build.sh --unpinned TAG ...     for trying things out: bases by tag
#   build.sh --pin                  writes the present digest of each base into bases.env
set -eu
cd "$(dirname "$0")/../.."
bases=deploy/docker/bases.env

if [ "${1:-}" = --pin ]; then
  grep '^[A-Z_]*_IMAGE=' "$bases" | while IFS='=' read -r name reference; do
    plain=${reference%@*}
    digest=$(docker buildx imagetools inspect "$plain" --format '{{ .Manifest.Digest }}')
    case $digest in sha256:*) ;; *) echo "no digest for $plain" >&2; exit 1 ;; esac
    sed -i "s|^$name=.*|$name=$plain@$digest|" "$bases"
    echo "$name $plain $digest"
  done
  exit 0
fi

pinned=true
if [ "${1:-}" = --unpinned ]; then pinned=false; shift; fi
tag=${1:?give a tag, such as the version}
shift
[ $# -gt 0 ] || set -- coordinator gpu-agent gpu-agent-cpu cli viewer

args=
for line in $(grep '^[A-Z_]*_IMAGE=' "$bases"); do
  case $line in
    *@sha256:*) ;;
    *) if $pinned; then echo "${line%%=*} has no digest in $bases: run deploy/docker/build.sh --pin, or give --unpinned" >&2; exit 1; fi ;;
  esac
  args="$args --build-arg $line"
done
for image in "$@"; do
  # shellcheck disable=SC2086  # the arguments are words without spaces
  docker build $args -f "deploy/docker/$image.Dockerfile" -t "neuron-atlas-$image:$tag" .
done
