# The command line, for jobs in a cluster and for whoever has no Node. Build from the root: docker build -f deploy/docker/cli.Dockerfile .
ARG NODE_IMAGE
FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY . .
RUN sh deploy/docker/steps/build.sh cli /out && sh deploy/docker/steps/prune.sh cli /out

FROM ${NODE_IMAGE}
COPY --from=build --chown=0:0 /out /app
WORKDIR /work
ENV NODE_ENV=production HOME=/tmp
USER 10001:10001
# It runs a command and ends: there is nothing to ask whether it lives.
HEALTHCHECK NONE
ENTRYPOINT ["node", "/app/apps/cli/bin/neuron-atlas.js"]
CMD ["--help"]
