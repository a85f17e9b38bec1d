# The agent: eBPF programs, addon and collectors. Needs the host's pid namespace, cgroups and bpffs (see README).
ARG NODE_IMAGE=node:24.20.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends clang llvm libbpf-dev libelf-dev zlib1g-dev bpftool g++ make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /tapio
COPY . .
RUN npm ci --ignore-scripts --workspace @tapio/agent --include-workspace-root \
 && node node_modules/esbuild/install.js \
 && npm run build --workspace @tapio/agent
# Types come from the BTF of the kernel that builds; CO-RE fits the programs to the kernel that runs them.
ARG VMLINUX_BTF=/sys/kernel/btf/vmlinux
RUN make -C bpf VMLINUX_BTF=${VMLINUX_BTF} \
 && make -C native

FROM ${NODE_IMAGE}
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libbpf1 libelf1 zlib1g \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /tapio
# The bundle has all packages in it; it looks for the addon and the programs where they are in the repository.
COPY --from=build /tapio/native/package.json /tapio/native/index.js native/
COPY --from=build /tapio/native/lib native/lib
COPY --from=build /tapio/native/build/tapio.node native/build/
COPY --from=build /tapio/bpf/build bpf/build
COPY --from=build /tapio/agent/dist agent/dist
ENV NODE_ENV=production
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9471/livez').then((r)=>process.exit(r.ok?0:1),()=>process.exit(1))"]
ENTRYPOINT ["node", "agent/dist/agent.mjs"]
