# One image for api, worker and command line; what runs is the command of the service.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts scripts
# Without scripts: `prepare` would build before the sources are here. Nothing we need in the image has an install script.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Optional packages are Node and PostgreSQL for `npm start` on a bare machine: here both come from elsewhere.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM ${NODE_IMAGE}
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data NODE_OPTIONS=--enable-source-maps
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY bin bin
COPY migrations migrations
RUN mkdir /data && chown node:node /data
USER node
EXPOSE 3000
# The worker answers on METRICS_PORT, the api on PORT.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 \
  CMD ["node", "bin/healthcheck.mjs"]
CMD ["node", "--max-semi-space-size=64", "dist/apps/api/main.js"]
