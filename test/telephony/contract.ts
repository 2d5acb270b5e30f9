/**
 * The contract of every telephony adapter, written against the port: every command, every report, and who hears whom. An
 * adapter brings a {@link Subject}: a network with people in it who do what the test says, at that moment.
 */
import { suite } from 'uvu'
import { legsContract } from './contract/legs.ts'
import { listeningContract } from './contract/listening.ts'
import { networkContract } from './contract/network.ts'
import { Scene, type Case } from './contract/scene.ts'
import type { Subject } from './contract/subject.ts'
import { talkContract } from './contract/talk.ts'

/** @param end what is to be done when all cases are over */
export function telephonyContract(
  name: string,
  open: () => Promise<Subject>,
  end: () => Promise<void> = async () => {},
): void {
  const test = suite<{ scene: Scene; subject: Subject; failed: boolean }>(`telephony contract: ${name}`)
  test.before.each(async (context) => {
    context.subject = await open()
    context.scene = new Scene(context.subject)
    context.failed = true
  })
  test.after.each(async ({ scene, subject, failed }) => {
    await scene.stopReading()
    // What a failed case leaves behind would end the whole suite here, and says no more than its failure.
    await subject.close().catch((error: unknown) => {
      if (!failed) throw error
    })
  })
  test.after(end)
  const each: Case = (title, body) => {
    test(title, async (context) => {
      await body(context)
      await context.scene.finish()
      context.failed = false
    })
  }
  legsContract(each)
  talkContract(each)
  listeningContract(each)
  networkContract(each)
  test.run()
}
