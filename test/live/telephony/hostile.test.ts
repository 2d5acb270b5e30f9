/** Hostile SIP before a real drachtio-server: it and we go on. Needs: LIVE_DRACHTIO. */
import { hostileContract } from '../../contract/hostile.ts'
import { OwnDrachtio } from './server.ts'

hostileContract('hostile SIP, before drachtio-server', { floods: 2_000 }, async () => {
  const drachtio = await OwnDrachtio.start()
  return { drachtio, lives: () => drachtio.lives, close: () => drachtio.remove() }
}).run()
