# Grafana with the plugin built in. The Ubuntu variant, because the plugin's backend runs on a glibc Node.
ARG NODE_IMAGE=node:24.20.0-bookworm-slim
ARG GRAFANA_IMAGE=grafana/grafana:12.4.0-ubuntu

FROM ${NODE_IMAGE} AS build
WORKDIR /tapio
COPY . .
RUN npm ci --ignore-scripts --workspace @tapio/plugin --include-workspace-root \
 && node node_modules/esbuild/install.js \
 && npm run build --workspace @tapio/plugin

FROM ${NODE_IMAGE} AS node

FROM ${GRAFANA_IMAGE}
# The plugin's launcher looks for it there: Grafana passes plugins none of its environment.
COPY --from=node /usr/local/bin/node /usr/local/bin/node
# Outside /var/lib/grafana: a volume there would keep showing the plugin of the first image.
COPY --from=build /tapio/plugin/dist /opt/tapio/plugins/tapio-app
ENV GF_PATHS_PLUGINS=/opt/tapio/plugins
