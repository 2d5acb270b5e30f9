/** Is the process of this container healthy? Exits with 0 or 1, for HEALTHCHECK. */
try {
  const { ok } = await fetch(`http://${process.env['LEDGERLINE_NODE_ADDRESS']}/health`, {
    signal: AbortSignal.timeout(4_000),
  })
  process.exitCode = ok ? 0 : 1
} catch {
  process.exitCode = 1
}
