# The viewer: static files and a web server that gives ranges. Atlases lie beside it or anywhere that allows this origin.
# Build from the root: docker build -f deploy/docker/viewer.Dockerfile .
ARG NODE_IMAGE
ARG NGINX_IMAGE
FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY . .
RUN sh deploy/docker/steps/build-viewer.sh /out

FROM ${NGINX_IMAGE}
COPY --from=build --chown=0:0 /out/page /usr/share/nginx/html
COPY --from=build --chown=0:0 /out/nginx.conf /etc/nginx/conf.d/default.conf
COPY --from=build --chown=0:0 /out/sbom.cdx.json /app/sbom.cdx.json
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/"]
