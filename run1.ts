import { runWorld } from '#simulators/world/world.ts'
import { silentLogger } from '#runtime/log.ts'
import pino from 'pino'
const [seed=1, n=1, acts=500, stores=3, faults] = process.argv.slice(2)
let bad=0
for (let s=Number(seed); s<Number(seed)+Number(n); s++){
const t=performance.now()
const v = await runWorld({ seed: s, stores: Number(stores), members: 50, acts: Number(acts), ...(faults!==undefined?{faults: faults===''?[]:faults.split(',') as never}:{}), log: process.env.LOGW ? pino({level:process.env.LOGW}, pino.destination({dest:2,sync:true})) : silentLogger })
if (v.broken.length||Number(n)<4) console.log(s, (performance.now()-t|0)+'ms', v.trace, JSON.stringify(v.figures), '\n  '+v.broken.slice(0,12).join('\n  '))
if (v.broken.length) bad++
}
console.log('bad', bad, process.memoryUsage().rss/1e6|0, 'MB', process.cpuUsage().user/1e6)
