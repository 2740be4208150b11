// Asks this container's own process whether it lives: the worker on METRICS_PORT, the api on PORT.
const { METRICS_PORT, PORT = '3000', HEALTH_PORT = METRICS_PORT || PORT } = process.env;
const answer = await fetch(`http://127.0.0.1:${HEALTH_PORT}/health/live`, { signal: AbortSignal.timeout(4000) }).catch(
  (error) => ({ ok: false, status: error.cause?.code ?? error.name }),
);
if (!answer.ok) {
  console.error(`health: ${answer.status}`);
  process.exit(1);
}
