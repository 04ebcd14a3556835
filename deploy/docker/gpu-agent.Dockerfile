# An agent that computes on an NVIDIA GPU: CUDA 12 and cuDNN 9 below, ONNX Runtime with its CUDA libraries inside.
# Build from the root: docker build -f deploy/docker/gpu-agent.Dockerfile .
ARG NODE_IMAGE
ARG CUDA_IMAGE
FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY . .
RUN sh deploy/docker/steps/build.sh gpu-agent /out && sh deploy/docker/steps/prune.sh gpu-agent /out
# The one step that goes to the network besides npm: the CUDA libraries are too large for the npm registry.
RUN cd /out/node_modules/onnxruntime-node && ONNXRUNTIME_NODE_INSTALL=cuda12 node script/install.js \
  && test -f "$(ls -d bin/napi-v*)/linux/x64/libonnxruntime_providers_cuda.so" && rm -f bin/napi-v*/linux/x64/libonnxruntime_providers_tensorrt.so

FROM ${CUDA_IMAGE}
# Node itself: one file. It needs libstdc++, which the base has.
COPY --from=build --chown=0:0 /usr/local/bin/node /usr/local/bin/node
COPY --from=build --chown=0:0 /out /app
WORKDIR /app
ENV NODE_ENV=production HOME=/tmp HEALTH_PORT=9464 NEURON_ATLAS_PROVIDER=cuda NEURON_ATLAS_CACHE=/cache NEURON_ATLAS_SCRATCH=/scratch NEURON_ATLAS_AGENT_METRICS=0.0.0.0:9464 \
  NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 10001:10001
VOLUME ["/cache", "/scratch"]
EXPOSE 9464
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s CMD ["node", "/app/health.mjs"]
ENTRYPOINT ["node", "/app/apps/gpu-agent/bin/neuron-atlas-agent.js"]
