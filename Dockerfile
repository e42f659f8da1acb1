# The gateway (target sluice, the default) and the demo's upstream (target simulator).
# Node runs the TypeScript as it is, so nothing is built and no development dependency is needed.

FROM node:26.10.0-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:26.10.0-slim AS base
# The root file system may be read-only; /tmp is writable, if need be as a tmpfs.
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/tmp/node-compile-cache
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY src ./src
COPY config ./config
# Owned by root and run as somebody else: the process cannot change its own code.
USER node

FROM base AS simulator
COPY test/simulator ./test/simulator
EXPOSE 9000
# A connection alone costs nothing of the quota.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "require('node:net').connect(9000, '127.0.0.1', () => process.exit(0)).on('error', () => process.exit(1))"]
CMD ["node", "test/simulator/main.ts", "--host", "0.0.0.0", "--port", "9000", "--control-port", "9001"]

FROM base AS sluice
LABEL org.opencontainers.image.title="Sluice" \
      org.opencontainers.image.description="One shared endpoint for a metered API" \
      org.opencontainers.image.licenses="MIT"
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8081/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# The exec form: node itself gets SIGTERM and drains.
CMD ["node", "--max-semi-space-size=4", "src/sluice.js", "--config", "config/team.yaml"]
