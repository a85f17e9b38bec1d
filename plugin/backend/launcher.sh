#!/bin/sh
# Starts the plugin's backend. Grafana runs this file with none of its own environment: not even a PATH.
# The path of Node.js may be set as node_path in the [plugin.<id>] section of grafana.ini.

case $0 in
*/*) here=${0%/*} ;;
*) here=. ;;
esac

# exec, so that the process Grafana ends is Node.js itself.
if [ -n "$GF_PLUGIN_NODE_PATH" ]; then
  if [ -x "$GF_PLUGIN_NODE_PATH" ]; then
    exec "$GF_PLUGIN_NODE_PATH" "$here/backend.cjs"
  fi
  echo "The plugin cannot start: node_path is set to $GF_PLUGIN_NODE_PATH, which is not an executable file. Set node_path in the [plugin.<id>] section of grafana.ini to Node.js 20 or later." >&2
  exit 1
fi

node=$(command -v node)
if [ -z "$node" ]; then
  for candidate in /usr/local/bin/node /usr/bin/node /opt/node/bin/node /opt/homebrew/bin/node /snap/bin/node; do
    if [ -x "$candidate" ]; then
      node=$candidate
      break
    fi
  done
fi
if [ -n "$node" ]; then
  exec "$node" "$here/backend.cjs"
fi
echo "The plugin cannot start: it needs Node.js 20 or later and found none in PATH ($PATH) or the usual places. Install it, or set node_path in the [plugin.<id>] section of grafana.ini to its executable." >&2
exit 1
