/** Is the process of this container well? Ends with 0 or 1, as HEALTHCHECK wants it. */
try {
  const { ok } = await fetch(`http://${process.env['LEDGERLINE_NODE_ADDRESS']}/health`, {
    signal: AbortSignal.timeout(4_000),
  })
  process.exitCode = ok ? 0 : 1
} catch {
  process.exitCode = 1
}
