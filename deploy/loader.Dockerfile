# The loader: reads the stream, writes the graph, runs the engine. Needs no rights.
ARG NODE_IMAGE=node:24.20.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /tapio
COPY . .
RUN npm ci --ignore-scripts --omit=dev --workspace @tapio/loader

FROM ${NODE_IMAGE}
WORKDIR /tapio
COPY --from=build /tapio/package.json ./
COPY --from=build /tapio/node_modules node_modules
COPY --from=build /tapio/domain domain
COPY --from=build /tapio/kube kube
COPY --from=build /tapio/runtime runtime
COPY --from=build /tapio/intelligence intelligence
COPY --from=build /tapio/store store
COPY --from=build /tapio/loader loader
ENV NODE_ENV=production
USER node
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9472/livez').then((r)=>process.exit(r.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node", "loader/src/main.ts"]
