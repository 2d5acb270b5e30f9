/** Registrar, digest and guard behind a real drachtio-server, as behind the stand-in. Needs: LIVE_DRACHTIO. */
import { sipServerContract } from '../../contract/sip-server.ts'
import { OwnDrachtio } from './server.ts'

sipServerContract('the SIP server, before drachtio-server', async () => {
  const drachtio = await OwnDrachtio.start()
  return { drachtio, close: () => drachtio.remove() }
}).run()
