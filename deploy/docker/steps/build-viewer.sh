#!/bin/sh
# Makes the viewer's page, the web server's configuration for it, and the bill of materials of what is in the page.
#   build-viewer.sh OUT    from the root of the sources
set -eu
out=$1

npm ci --ignore-scripts --no-audit --no-fund
node_modules/.bin/tsc -b
(cd apps/viewer && ../../node_modules/.bin/vite build --logLevel warn)
mkdir -p "$out"
cp -r apps/viewer/dist/page "$out/page"
node deploy/docker/steps/page-policy.mjs "$out/page/index.html" deploy/docker/viewer.nginx.conf > "$out/nginx.conf"
npm pkg set version="$(node -p 'require("./apps/viewer/package.json").version')" # npm's bill of materials asks for one
npm sbom --omit dev --workspace apps/viewer --sbom-format cyclonedx > "$out/sbom.cdx.json"
