#!/bin/sh
# Makes one application ready to run, in a folder that holds nothing else.
#   build.sh APP OUT    from the root of the sources; APP is coordinator, gpu-agent or cli
# The same commands run in the Dockerfiles beside this folder and in the sandbox of `npm run test:deploy`.
set -eu
app=$1
out=$2

npm ci --ignore-scripts --no-audit --no-fund
node_modules/.bin/tsc -b "apps/$app"

# What runs: the manifests that npm needs to know the workspace, and the compiled code of the app and of what it uses.
mkdir -p "$out"
node deploy/docker/steps/copy-workspace.mjs "$app" "$out"
cp deploy/docker/health.mjs "$out/"
cd "$out"
npm ci --omit=dev --omit=peer --ignore-scripts --no-audit --no-fund --workspace "apps/$app"
npm sbom --omit dev --workspace "apps/$app" --sbom-format cyclonedx > sbom.cdx.json
