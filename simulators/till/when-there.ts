import { connectTill, type TillClient } from './till-client.ts'

/** Connects to a lane's till port, trying again until it listens: a gateway is ready before its devices are. */
export async function connectTillWhenThere(options: { port: number; name?: string; timeoutMs?: number }): Promise<TillClient> {
  const deadline = performance.now() + (options.timeoutMs ?? 15_000)
  for (;;) {
    try {
      return await connectTill(options)
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}
