import { beginTransaction, networkOf, repeatOf } from '#agent/terminal/requests.ts'
import { answerType } from '#protocol/iso8583/exchanges.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import { backoffMs } from '#runtime/backoff.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import type { AgentConfig } from '../config.ts'
import { createSigning } from './signing.ts'
import { openWire, type Wire } from './wire.ts'

export interface Line {
  /** Sends a message and resolves with its answer, or with undefined where none came in time. Never rejects. */
  ask(message: IsoMessage, timeoutMs: number): Promise<IsoMessage | undefined>
  /** Exchanges keys; false where the box gave none. */
  exchangeKeys(): Promise<boolean>
  close(): void
}

export interface LineOptions {
  config: Pick<AgentConfig, 'terminal' | 'gateway'>
  configFile: string
  runtime: Runtime
  log: Logger
  onState(state: 'up' | 'down'): void
  /** TCP, TLS or serial where it is left out. */
  open?: typeof openWire
}

const backoff = { floorMs: 300, capMs: 15_000 }

/** The connection to the box: called again whenever it is gone. It answers for time only; what books is the journal's. */
export function openLine({ config, configFile, runtime, log, onState, open = openWire }: LineOptions): Line {
  const { gateway, terminal } = config
  const signing = createSigning({ gateway, configFile })
  const waiting = new Map<string, (answer: IsoMessage | undefined) => void>()
  let wire: Wire | undefined
  let calling: Promise<void> | undefined
  let attempt = 0
  let closed = false
  let cancelCall: Cancel = () => {}
  let keyTrace = 0

  // An answer repeats the request's number and first time: late news of another one is nobody's.
  const nameOf = (mti: string, { fields }: IsoMessage) => `${mti}:${fields[11]}:${fields[7]}`

  const callLater = () => {
    if (closed) return
    attempt += 1
    cancelCall = runtime.after(backoffMs({ attempt: attempt - 1, ...backoff, random: runtime.random }), () => void call())
  }
  const call = (): Promise<void> => {
    cancelCall()
    calling ??= connect().finally(() => {
      calling = undefined
    })
    return calling
  }
  const connect = async () => {
    if (closed || wire) return
    let over = false
    try {
      const opened = await open({
        gateway,
        configFile,
        runtime,
        onMessage(bytes) {
          const message = signing.decode(bytes)
          if (!message) return log.warn({ length: bytes.length }, 'what the box sent is no message of its')
          waiting.get(nameOf(message.mti, message))?.(message)
        },
        onEnd() {
          over = true
          if (!wire) return
          wire = undefined
          // What is on its way is not answered on this connection; the journal asks again.
          for (const settle of [...waiting.values()]) settle(undefined)
          onState('down')
          callLater()
        },
      })
      if (closed) return opened.close()
      if (over) return callLater()
      wire = opened
      attempt = 0
      onState('up')
    } catch (error) {
      log.warn({ reason: messageOf(error), hint: error instanceof VafaError ? error.hint : undefined }, 'no line to the box')
      callLater()
    }
  }

  const exchange = async (message: IsoMessage, timeoutMs: number): Promise<IsoMessage | undefined> => {
    if (!wire) await call()
    const line = wire
    if (!line) return undefined
    const name = nameOf(answerType(message.mti), message)
    const { promise, resolve } = Promise.withResolvers<IsoMessage | undefined>()
    let heard: IsoMessage | undefined
    waiting.set(name, resolve)
    const cancel = runtime.after(timeoutMs, () => resolve(undefined))
    try {
      line.send(signing.encode(message))
      heard = await promise
    } catch (error) {
      log.error({ reason: messageOf(error) }, 'a message does not fit its fields')
    } finally {
      cancel()
      waiting.delete(name)
    }
    // A connection may look whole long after its cable was cut: it is called anew.
    if (!heard && wire === line) line.close()
    return heard
  }

  const exchangeKeys = async (): Promise<boolean> => {
    keyTrace = (keyTrace % 999_999) + 1
    const transaction = beginTransaction({ terminal, batch: '1', trace: keyTrace, now: runtime.now(), offsetMinutes: 0 })
    const answer = await exchange(networkOf(transaction, '161'), gateway.answerMs)
    return answer !== undefined && signing.takeKey(answer)
  }

  void call()
  return {
    async ask(message, timeoutMs) {
      const answer = await exchange(message, timeoutMs)
      // The box was started again and has forgotten the key: with a new one it takes the same message.
      if (answer?.fields[39] !== '63' || !gateway.mac || !(await exchangeKeys())) return answer
      return exchange(message.mti.endsWith('1') ? message : repeatOf(message), timeoutMs)
    },
    exchangeKeys,
    close() {
      closed = true
      cancelCall()
      wire?.close()
    },
  }
}
