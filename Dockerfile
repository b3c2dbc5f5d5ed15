# syntax=docker/dockerfile:1
# CPU by default:   docker build -t stedloop .
# With a GPU:       docker build --target gpu -t stedloop:gpu .   (then: docker run --gpus all …)
ARG NODE_IMAGE=node:20-bookworm-slim
ARG CUDA_IMAGE=nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts ./scripts
# The sources come after the packages, so that an edit does not fetch everything again.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE} AS cpu
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build --chown=root:root /app/package.json /app/CHANGELOG.md /app/LICENSE ./
COPY --from=build --chown=root:root /app/node_modules ./node_modules
COPY --from=build --chown=root:root /app/dist ./dist
COPY --from=build --chown=root:root /app/config ./config
COPY --from=build --chown=root:root /app/models ./models
COPY --from=build --chown=root:root /app/demo ./demo
RUN mkdir /data && chown node:node /data
USER 1000:1000
VOLUME /data
EXPOSE 8420
# Off loopback the server asks for tokens: mount a config with server.tokens. Inside one host: --network host.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8420/health/ready').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
STOPSIGNAL SIGINT
ENTRYPOINT ["node", "dist/src/cli/main.js"]
CMD ["run", "--data", "/data"]

FROM ${CUDA_IMAGE} AS gpu
ENV NODE_ENV=production
COPY --from=cpu /usr/local/bin/node /usr/local/bin/node
COPY --from=cpu /app /app
WORKDIR /app
RUN useradd --create-home --uid 1000 node && mkdir /data && chown node:node /data
USER 1000:1000
VOLUME /data
EXPOSE 8420
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8420/health/ready').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
STOPSIGNAL SIGINT
ENTRYPOINT ["node", "dist/src/cli/main.js"]
CMD ["run", "--data", "/data"]

# The last stage is what a plain `docker build` gives.
FROM cpu
