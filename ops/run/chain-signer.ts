/** Who signs the chain of the ledger, by the settings. */
import { keySigner, ownSigner, programSigner, type Signer } from '@ledgerline/adapters/log/chain/signers.ts'
import type { ChainSigner } from '../config.ts'

/** @throws Problem `chain.key_invalid`, `key.file_unreadable`, `data.not_writable` */
export function signerOf(signer: ChainSigner): Signer {
  switch (signer.kind) {
    case 'own':
      return ownSigner(signer.file)
    case 'key':
      return keySigner(signer.key)
    case 'program':
      return programSigner(signer.program, signer.publicKey)
  }
}
