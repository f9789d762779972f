import { hashPassword } from 'better-auth/crypto';
import { type Transaction, transaction } from '#lib/db/client.ts';
import { createWorkspace } from '#lib/teams/mutations.ts';
import { findSetUpCodeHash, isSetUp } from './data.ts';
import { SetUpDoneError, WrongSetUpCodeError } from './errors.ts';
import { createAccount, storeSetUpCode, takeTry } from './mutations.ts';
import type { SetUpInput } from './schema.ts';
import { hashSetUpCode, isSameHash, makeSetUpCode } from './set-up-code.ts';
import { setUpAltogether, setUpAltogetherKey, setUpKey, setUpPerAddress } from './tries.ts';

/**
 * Makes the one-time code that lets its holder create the owner, for `slipway start` to print. Only its hash is
 * kept, so every call makes a new code and the one before stops working. Null once an account exists.
 */
export async function ensureSetUpCode(): Promise<string | null> {
  if (await isSetUp()) return null;
  const code = makeSetUpCode();
  await storeSetUpCode({ codeHash: hashSetUpCode(code) });
  return code;
}

/**
 * Creates the owner and the workspace and uses the code up, all or nothing. Of two that race, one wins.
 *
 * @throws SetUpDoneError once an account exists
 * @throws WrongSetUpCodeError
 * @throws TooManyTriesError
 */
export async function createOwner(options: {
  readonly input: SetUpInput;
  /** As `clientAddressOf` has it. */
  readonly address: string;
}): Promise<{ readonly userId: string }> {
  const { input, address } = options;
  if (await isSetUp()) throw new SetUpDoneError();
  await takeTry({ key: setUpKey(address), rule: setUpPerAddress });
  await takeTry({ key: setUpAltogetherKey, rule: setUpAltogether });
  const given = hashSetUpCode(input.code);
  const stored = await findSetUpCodeHash();
  if (stored === null || !isSameHash(stored, given)) throw new WrongSetUpCodeError();

  const passwordHash = await hashPassword(input.password);
  const userId = await transaction(async (tx) => {
    await useUp({ tx, codeHash: given });
    const id = await createAccount({ tx, name: input.name, email: input.email, passwordHash });
    await createWorkspace({ tx, name: `${firstNameOf(input.name)}'s workspace`, ownerId: id });
    return id;
  });
  return { userId };
}

/** Whoever deletes the code's row has it; a second waits for that row's lock and finds nothing. */
async function useUp(options: {
  readonly tx: Transaction;
  readonly codeHash: Uint8Array<ArrayBuffer>;
}): Promise<void> {
  const { count } = await options.tx.setUpCode.deleteMany({ where: { codeHash: options.codeHash } });
  if ((await options.tx.user.count()) > 0) throw new SetUpDoneError();
  if (count === 0) throw new WrongSetUpCodeError();
}

function firstNameOf(name: string): string {
  return name.split(/\s+/)[0] ?? name;
}
