# The coordinator. Build from the root: docker build -f deploy/docker/coordinator.Dockerfile .
# The bases come in by digest: deploy/docker/build.sh reads them from bases.env and refuses a tag alone.
ARG NODE_IMAGE
FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY . .
RUN sh deploy/docker/steps/build.sh coordinator /out && sh deploy/docker/steps/prune.sh coordinator /out

FROM ${NODE_IMAGE}
COPY --from=build --chown=0:0 /out /app
WORKDIR /app
ENV NODE_ENV=production HOME=/tmp HEALTH_PORT=9464
# A number, so that runAsNonRoot can be checked without reading /etc/passwd.
USER 10001:10001
EXPOSE 7070 9464
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["node", "/app/health.mjs"]
ENTRYPOINT ["node", "/app/apps/coordinator/bin/neuron-atlas-coordinator.js"]
CMD ["--listen", "127.0.0.1:7070", "--metrics", "0.0.0.0:9464"]
