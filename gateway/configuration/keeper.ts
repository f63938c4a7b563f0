import type { ConfigurationOrder, ConfigurationState } from '#protocol/configuration.ts'
import { readConfig } from '#runtime/config.ts'
import { messageOf } from '#runtime/errors.ts'
import { type GatewayConfig, gatewayConfig } from '../config.ts'
import { type Gateway, type GatewayOptions, startGateway } from '../gateway.ts'
import { checkForBox } from './check.ts'
import { judgeConfiguration, type Refusal } from './judge.ts'
import { openConfigurationShelf } from './record.ts'
import { pause, proveHealthy, wantedDevices } from './trial.ts'

/** What of a box's configuration head office sees and does. */
export interface KeptConfiguration {
  state(): ConfigurationState
  /** What came by `down/configuration`, unchecked. */
  offered(payload: Uint8Array): void
  /**
   * Reads gateway.yaml again. Resolves when it is checked; it is taken a moment later, so that the answer still leaves.
   * Rejects with what is wrong in it.
   */
  reload(): Promise<{ changed: boolean }>
}

export interface KeptGateway {
  /** The one that works now: another one after each change of the configuration. */
  readonly gateway: Gateway
  reload: KeptConfiguration['reload']
  close(): Promise<void>
}

/** How long a gateway.yaml that was read again has to prove itself. */
const reloadSeconds = 120
/** A sale at the till is not cut for a new configuration, unless it lasts. */
const calmMs = 300_000
const calmLookMs = 1_000
/** A trial goes on over restarts, but a box that dies again and again with it goes back. */
const startsOnTrial = 3
const answerLeavesMs = 300

/**
 * Runs a store's gateway by its gateway.yaml, and by the ones that come after it: each is checked, tried, and taken back by
 * itself where the box does not come up healthy with it.
 */
export async function keepGateway(given: Omit<GatewayOptions, 'config' | 'configuration'>): Promise<KeptGateway> {
  const { configFile, runtime, log } = given
  const shelf = openConfigurationShelf(configFile)
  const end = new AbortController()
  const started = Promise.withResolvers<void>()
  /** One change after the other, the first when the box works. */
  let turn: Promise<void> = started.promise

  const takeBack = (reason: string) => {
    const version = shelf.record.trial?.version
    shelf.takeBack({ key: 'configuration.unhealthy', reason, ...(version === undefined ? {} : { version }) }, runtime.now())
    log.error({ version, reason }, 'the pushed configuration was taken back; the box works by the one before')
  }
  const refuse = (refusal: Refusal, id?: string) => {
    const { refused } = shelf.record
    // The broker says it again at each connection.
    if (refused?.key === refusal.key && refused.reason === refusal.reason && refused.version === refusal.version) return
    log.error({ ...refusal }, 'a configuration was refused; the box goes on by what it has')
    shelf.refuse({ ...refusal, ...(id === undefined ? {} : { id }) }, runtime.now())
    gateway.restate()
  }

  const configuration: KeptConfiguration = {
    state: shelf.state,
    offered: (payload) =>
      inTurn(async () => {
        const { club, store, programmeKeys: keys } = config
        const verdict = judgeConfiguration(payload, {
          ...{ club: club.name, store, keys, record: shelf.record, now: runtime.now() },
        })
        if (verdict === 'known') return
        if ('refuse' in verdict) refuse(verdict.refuse)
        else await take(verdict.take, verdict.keyid)
      }),
    async reload() {
      const next = await checkForBox(shelf.text(), { configFile, current: config })
      if (JSON.stringify(next) === JSON.stringify(config)) return { changed: false }
      inTurn(async () => {
        await pause(answerLeavesMs, { signal: end.signal, runtime })
        await untilCalm()
        const reasons = await swap(next, reloadSeconds)
        if (reasons.length > 0) refuse({ key: 'configuration.unhealthy', reason: reasons.join('; ') })
      })
      return { changed: true }
    },
  }
  const start = (next: GatewayConfig) => startGateway({ ...given, config: next, configuration })
  const inTurn = (work: () => Promise<void>) => {
    turn = turn.then(work).catch((error: unknown) => {
      log.error({ reason: messageOf(error) }, 'the configuration could not be changed')
    })
  }

  const untilCalm = async () => {
    const until = runtime.monotonic() + calmMs
    while (gateway.busy().length > 0 && runtime.monotonic() < until && !end.signal.aborted)
      await pause(calmLookMs, { signal: end.signal, runtime })
  }

  const take = async (order: ConfigurationOrder, keyid: string) => {
    const { version, id, text, healthyseconds } = order
    if (end.signal.aborted) return
    let next: GatewayConfig
    try {
      next = await checkForBox(text, { configFile, current: config, signedBy: keyid })
    } catch (error) {
      return refuse({ key: 'configuration.invalid', reason: messageOf(error), version }, id)
    }
    await untilCalm()
    if (end.signal.aborted) return
    log.warn({ version, actor: order.actor }, 'head office pushed a configuration; it is on trial')
    shelf.begin(order)
    const reasons = await swap(next, healthyseconds)
    if (reasons.length > 0 || shelf.record.trial === undefined) return gateway.restate()
    shelf.confirm()
    log.info({ version }, 'the pushed configuration is in force')
    gateway.restate()
  }

  /** Works by another configuration; where the box does not come up healthy, by the one before again, with the reasons. */
  const swap = async (next: GatewayConfig, seconds: number): Promise<readonly string[]> => {
    const [former, health] = [config, gateway.health()]
    await gateway.close()
    const reasons = await tryOut(next, { former, health, seconds })
    if (reasons === 'ended') return ['the gateway was stopped']
    if (reasons.length === 0) return []
    if (shelf.record.trial) takeBack(reasons.join('; '))
    await gateway.close()
    config = former
    gateway = await start(former)
    return reasons
  }

  const tryOut = async (
    next: GatewayConfig,
    { seconds, ...before }: Parameters<typeof wantedDevices>[1] & { seconds: number },
  ): Promise<readonly string[] | 'ended'> => {
    try {
      config = next
      gateway = await start(next)
    } catch (error) {
      return [messageOf(error)]
    }
    const wanted = wantedDevices(next, before)
    return proveHealthy(gateway, { wanted, limitMs: seconds * 1_000, signal: end.signal, runtime })
  }

  let config: GatewayConfig
  let gateway: Gateway
  const { trial } = shelf.record
  if (trial && trial.starts >= startsOnTrial) takeBack(`the box was started ${trial.starts} times while it was tried`)
  if (shelf.record.trial) {
    shelf.startedOnTrial()
    try {
      config = readConfig(configFile, gatewayConfig)
      gateway = await start(config)
      inTurn(goOnTrying)
    } catch (error) {
      takeBack(messageOf(error))
      config = readConfig(configFile, gatewayConfig)
      gateway = await start(config)
    }
  } else {
    config = readConfig(configFile, gatewayConfig)
    gateway = await start(config)
  }

  started.resolve()

  async function goOnTrying(): Promise<void> {
    const wanted = wantedDevices(config, { former: shelf.former(), health: [] })
    const reasons = await proveHealthy(gateway, { wanted, limitMs: reloadSeconds * 1_000, signal: end.signal, runtime })
    if (reasons === 'ended') return
    if (reasons.length === 0) shelf.confirm()
    else {
      takeBack(reasons.join('; '))
      await gateway.close()
      config = readConfig(configFile, gatewayConfig)
      gateway = await start(config)
    }
    gateway.restate()
  }

  return {
    get gateway() {
      return gateway
    },
    reload: configuration.reload,
    async close() {
      end.abort()
      await turn
      await gateway.close()
    },
  }
}
