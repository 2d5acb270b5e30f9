/** What we use of drachtio-fsmrf (4.1.2), which has no types of its own. */
declare module 'drachtio-fsmrf' {
  /** A channel on a media server that obeys us over a connection of its own. */
  export interface Endpoint {
    readonly local: { readonly sdp: string }
    /** Its SIP dialog; `modify` changes the other side's session. */
    modify(sdp: string): Promise<unknown>
    /** Resolves when it was heard to its end. @throws Error when there is no such file */
    play(file: string): Promise<{ playbackMilliseconds?: string }>
    /** Plays, and gathers keys; `digits` is absent when none that fit came in time. Times in ms. */
    playCollect(options: {
      file: string
      min: number
      max: number
      timeout: number
      digitTimeout: number
    }): Promise<{ digits?: string }>
    execute(application: string, argument: string): Promise<unknown>
    /** May never settle. */
    destroy(): Promise<void>
  }

  export interface MediaServer {
    /** Without an offer it makes one itself. */
    createEndpoint(options?: { remoteSdp?: string }): Promise<Endpoint>
    disconnect(): void
  }

  export default class Mrf {
    /** @param srf a connection to a SIP server, of drachtio-srf */
    constructor(srf: object)
    /** May never settle: a wrong password, for example, is not told. */
    connect(options: {
      address: string
      port: number
      secret: string
      /** Where the media server connects to us, for each endpoint; nobody is asked for a password there. */
      listenAddress: string
      profile: string
    }): Promise<MediaServer>
  }
}
