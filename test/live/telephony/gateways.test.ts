/** Gateways before a real drachtio-server, as before the stand-in. Needs: LIVE_DRACHTIO. */
import { trunkLinesContract } from '../../contract/trunk-lines.ts'
import { OwnDrachtio } from './server.ts'

trunkLinesContract('gateways, before drachtio-server', async () => {
  const drachtio = await OwnDrachtio.start()
  return { drachtio, close: () => drachtio.remove() }
}).run()
