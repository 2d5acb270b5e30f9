/** What the network says of itself: phones that register, gateways and media servers that go and come back. */
import * as assert from 'uvu/assert'
import type { PhoneContact } from '@ledgerline/core/registration/events.ts'
import type { Case } from './scene.ts'

export function networkContract(test: Case): void {
  test('A3.2.7-list a phone registers, and a call in progress outlives its registration', async ({ scene }) => {
    const { customer, agent, legId } = await scene.talk()
    const registered = scene.of('registered').filter(({ extension }) => extension === '8201')
    assert.is(registered.length, 1)
    assert.ok(registered[0]!.contact)
    const contacts = () => scene.of('contacts').findLast(({ extension }) => extension === '8201')?.contacts
    await scene.until('it to say where it is', () => contacts()?.length === 1)
    const [{ contact, userAgent, address, port, protocol }] = contacts() as [PhoneContact]
    assert.is(contact, registered[0]!.contact)
    assert.ok(userAgent)
    assert.match(address, /^\d+\.\d+\.\d+\.\d+$/)
    assert.ok(port > 0)
    assert.match(protocol, /^(udp|tcp|tls|wss?)$/)
    await scene.subject.unregister(agent)
    await scene.until('it to be gone', () => scene.of('unregistered').some(({ extension }) => extension === '8201'))
    await scene.until('its contact to be gone', () => contacts()?.length === 0)
    await scene.hear([customer, 'agent'], [agent, 'customer'])
    await scene.dial('again', '8201')
    assert.is((await scene.end('again')).reason, 'unregistered')
    await scene.hangUp(legId, 'A')
  })

  test('A3.2.8-list a gateway that answers nothing is down, and up when it answers again', async ({ scene }) => {
    const last = () => scene.of('gateway').findLast(({ gateway }) => gateway === 'gw1')
    await scene.subject.gateway(false)
    await scene.until('the gateway to be down', () => last()?.up === false)
    await scene.subject.gateway(true)
    await scene.until('the gateway to be up', () => last()?.up === true)
  })

  test('the media server dies: what it held is gone, new legs are refused until it is back, an unanswered caller stays', async ({
    scene,
  }) => {
    scene.isLossy = true
    await scene.talk()
    const waits = await scene.incoming('another')
    await scene.subject.media(false)
    await scene.until('the loss to be known', () => scene.of('media').some(({ up }) => !up))
    await scene.until('the legs to be gone', async () =>
      (await scene.subject.telephony.legs()).every(({ legId }) => legId === waits.legId),
    )
    for (const { end } of scene.of('ended')) assert.equal([end.by, end.reason], ['network', 'media_lost'])
    const target = scene.target('B', { kind: 'extension', extension: '8201' })
    await scene.refused({ do: 'dial', target }, 'telephony.unavailable')
    await scene.refused({ do: 'answer', legId: waits.legId }, 'telephony.unavailable')
    await scene.subject.media(true)
    await scene.until('it to be back', () => scene.of('media').at(-1)!.up)
    assert.is((await scene.leg(waits.legId))?.state, 'ringing')
    await scene.send({ do: 'answer', legId: waits.legId })
    await scene.report('answered', waits.legId)
  })
}
