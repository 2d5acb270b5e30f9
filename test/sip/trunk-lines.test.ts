/** Gateways before a stand-in of drachtio: drachtio-srf's real client, SIP over real UDP on loopback. */
import { DrachtioStandIn } from '../drachtio/standin.ts'
import { trunkLinesContract } from '../contract/trunk-lines.ts'

trunkLinesContract('gateways, before a stand-in of drachtio', async () => {
  const standIn = await DrachtioStandIn.start()
  return {
    drachtio: { control: standIn.controlPort, sip: standIn.sipPort, secret: standIn.secret },
    close: () => standIn.kill(),
  }
}).run()
