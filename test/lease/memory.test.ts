/** Leases in memory keep the contract of leases. */
import { MemoryLeases } from '@ledgerline/adapters/lease/memory.ts'
import { leaseContract } from '../contract/leases.ts'

let now = 0
leaseContract('leases in memory', async () => ({ leases: new MemoryLeases(() => now), pass: (ms) => void (now += ms) }))
