# An agent that computes on processors. Build from the root: docker build -f deploy/docker/gpu-agent-cpu.Dockerfile .
ARG NODE_IMAGE
FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY . .
RUN sh deploy/docker/steps/build.sh gpu-agent /out && sh deploy/docker/steps/prune.sh gpu-agent /out

FROM ${NODE_IMAGE}
COPY --from=build --chown=0:0 /out /app
WORKDIR /app
# Cache and scratch are volumes: the root file system is read-only.
ENV NODE_ENV=production HOME=/tmp HEALTH_PORT=9464 NEURON_ATLAS_PROVIDER=cpu NEURON_ATLAS_CACHE=/cache NEURON_ATLAS_SCRATCH=/scratch NEURON_ATLAS_AGENT_METRICS=0.0.0.0:9464
USER 10001:10001
VOLUME ["/cache", "/scratch"]
EXPOSE 9464
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["node", "/app/health.mjs"]
ENTRYPOINT ["node", "/app/apps/gpu-agent/bin/neuron-atlas-agent.js"]
