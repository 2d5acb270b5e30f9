/** Hostile SIP before a stand-in of drachtio. What our own code reads is also tested in `digest` and `registrar`. */
import { hostileContract } from '../contract/hostile.ts'
import { DrachtioStandIn } from '../drachtio/standin.ts'

hostileContract('hostile SIP, before a stand-in of drachtio', { floods: 200 }, async () => {
  const standIn = await DrachtioStandIn.start()
  return {
    drachtio: { control: standIn.controlPort, sip: standIn.sipPort, secret: standIn.secret },
    lives: () => true,
    close: () => standIn.kill(),
  }
}).run()
