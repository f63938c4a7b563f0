import { keepsEveryPromise } from './seeds.ts'

// Two files of them, so that they run side by side.
keepsEveryPromise({ from: 1, seeds: 60 })
