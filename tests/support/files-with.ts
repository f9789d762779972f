import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Files below these folders that hold a text, as it is or within gzip or zstd. */
export async function filesWith(text: string, folders: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('sh', ['-c', script, 'sh', text, ...folders], {
    maxBuffer: 10_000_000,
  });
  return stdout.split('\n').filter(Boolean);
}

/** The first bytes say what a file is packed with. Files that go meanwhile hold nothing. */
const script = `
text=$1; shift
grep -rlF --devices=skip -e "$text" "$@" 2>/dev/null
find "$@" -type f -path '*sha256*' -size +1c 2>/dev/null | while read -r file; do
  case $(head -c 4 "$file" 2>/dev/null | od -An -tx1 | tr -d ' ') in
    1f8b*) gunzip -c "$file" ;;
    28b52ffd) zstd -dc "$file" ;;
    *) continue ;;
  esac 2>/dev/null | grep -qF -e "$text" && echo "$file"
done
true
`;
