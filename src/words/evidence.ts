/** `kidoban evidence`: the command, and the page that explains a pack of evidence to who checks it. */

interface Facts {
  readonly from: string;
  readonly until: string;
  readonly zone: string;
  readonly items: number;
  readonly asked: number;
  readonly writes: number;
  readonly previews: number;
  readonly sample: number;
  readonly seed: string;
  /** `period`: nobody could choose it. */
  readonly by: "period" | "chosen";
  readonly method: string;
  readonly origin: string;
  readonly size: number;
  readonly root: string;
}

export const en = {
  commands: {
    evidence: "a period's complete population and a sample with proofs, as one zip file",
    check: "check a pack of evidence: its files, the log in it, the counts, the sample",
  },
  options: {
    from: "beginning of the period (2026-07-01, or with a time)",
    to: "end of the period, not included",
    period: "2026, 2026-Q3 or 2026-07, in place of --from and --to",
    sample: "how many to draw (25 when left out)",
    seed: "what the sample is drawn by, chosen by who checks (the period's own when left out)",
    out: "zip file to write; it must not be there yet",
    timeZone: "time zone of the dates, e.g. Asia/Tokyo (this machine's when left out)",
    witness: "file of a witness, with its cosignature, to put in",
    key: "the log's public key, kept elsewhere, or a file with it",
  },
  noOut: "name the file to write: --out FILE.zip",
  noPeriod: "name the period: --period 2026-Q3, or --from and --to",
  badPeriod: (found: string) => `\`${found}\` is no period: 2026, 2026-Q3 or 2026-07`,
  badTime: (found: string) => `\`${found}\` is no date: 2026-07-01, or 2026-07-01T09:00`,
  badSample: (found: string) => `\`${found}\` is no number of samples (0 to 1000)`,
  noCheckpoint: (dir: string) => `${dir} has no checkpoint that its key has signed`,
  exists: (path: string) => `${path} is there already`,
  tooLarge: (file: string) =>
    `Nothing was written: ${file} has 4 GiB or more, which a file in this zip format cannot have`,
  cannotWrite: (path: string, code: string) => `${path} cannot be written: ${code}`,
  written: (path: string, items: number, sample: number) =>
    `Written to ${path}: ${items} in the population, ${sample} drawn.`,
  hint: (path: string) => `Check it anywhere with: kidoban evidence check ${path} --key <the log's public key>`,
  fits: (items: number, sample: number) =>
    `The pack holds: the log in it is proven, and every other file was made again from it: ${items} in the population, ${sample} drawn.`,
  ownSeed: "The sample's seed is the period's own: the ledger's root when it was first signed after the period's end.",
  chosenSeed: (seed: string) =>
    `The sample's seed was chosen by who made the pack: ${seed}. Was it you who gave it? Otherwise ask for a pack with a seed of yours (--seed).`,
  noSeedYet:
    "Nothing was signed since the period ended, so the sample's seed counts as chosen by you. Make the pack again later, or let who checks it choose: --seed.",
  digestsOnly: (count: number) =>
    `Of ${count} arguments, results or showings of the sample the pack has the signed digest only.`,
  unchecked: (files: string) => `Not checked, since nothing in the pack shows them to be true: ${files}`,
  faults: {
    "not-evidence": "This is not a pack of evidence.",
    "file-changed": "A file is not what the list says",
    "file-missing": "A file is missing",
    "file-unlisted": "A file is not in the list",
    log: "The log in it does NOT verify",
    population: "The population is NOT what the log in it says",
    sample: "The sample or the counts are NOT what seed and log give",
    proof: "A proof is NOT that of its entry",
    "file-untrue": "A file does NOT say what the log in the pack says",
    "file-foreign": "A file does not belong into a pack",
  },
  ownKey: "The key was the one in the pack. Only a key kept elsewhere shows that the pack is of that log: --key.",
  notKept: "What was shown is no longer in the state; its digest is in the entry.",
  bodies: { kept: "kept", altered: "ALTERED", "not-kept": "not kept", locked: "cannot be read: its key is not here" },
  readme: (v: Facts) => `# Evidence from a Kidoban log

Period: ${v.from} up to, not including, ${v.until} (time zone ${v.zone}).
Log: ${v.origin}, ledger size ${v.size}, root ${v.root}.

## What is in here

| file | holds |
|---|---|
| \`log/\` | the audit log as its last checkpoint signed it: public key, checkpoint, ledger, every stream, accepted configurations (\`log/configs/\`) |
| \`population.json\`, \`population.csv\` | the complete population: ${v.asked} questions put to people, ${v.writes} writes that nobody was asked about and ${v.previews} calls told as the gate's own that no question follows, ${v.items} in all |
| \`samples/\` | ${v.sample} of them: the entries, who answered with which gesture in which groups, what was shown, the arguments and results that were kept, a proof for each entry |
| \`evidence.json\` | period, seed, method, counts |
| \`cosignatures/\` | files of witnesses, where some were put in |
| \`verify-log.py\` | a second verifier, written apart from Kidoban, in Python's standard library |
| \`files.sha256\` | the SHA-256 of every other file, as \`sha256sum -c\` reads it |

## How to check it

1. Get the log's public key from somewhere else than this pack: from who installed Kidoban, or from an earlier pack.
2. \`kidoban evidence check FILE.zip --key KEY\` checks everything below at once, offline.
3. Without Kidoban: unpack, \`sha256sum -c files.sha256\`, \`python3 verify-log.py log --key KEY\`.
4. A witness's file shows that the log was not written anew since: \`python3 verify-log.py log --key KEY --witness cosignatures/FILE\`, with a copy of the file that the witness itself gave you.
5. The sample can be drawn again: ${v.method}. The seed is \`${v.seed}\`, ${v.by === "period" ? "the ledger's root at its first line from the period's end on, which nobody could choose" : "chosen by who made the pack"}. Choose a seed of your own and ask for a second pack where you doubt the first.
6. Count the population by hand from \`log/*.jsonl\`: lines of kind \`request.opened\` and \`request.edited\`, and of kind \`call.intent\` with access \`write\` and no \`request\`, whose \`time\` is in the period. Calls that a gate made by itself to show an approver what a write would do (\`why.detail\`: "preview for the approver") are named with the question that follows them in their stream (\`previews\`); one that no question follows is an item of its own: ask why it was made.

## Where the claim ends

- It is about calls that passed a gate. What an agent's client does by tools of its own, no gate sees.
- \`stream.opened\` and \`client.connected\` say how far a gate was apart from its agent. Under \`same-user\`, a hostile agent with a shell could have reached the gate's files.
- Times are those of the machine's clock. The order inside a stream is proven; the times are not.
- Whoever holds the log's private key can write a new log. What was signed by approvers, and what a witness co-signed, that key cannot make.
- Secrets that were found were replaced by marks before they were written; what was not recognised as a secret stands as it was.
- Who held an approver's key, only the organisation can say.
`,
};

export const ja: typeof en = {
  commands: {
    evidence: "ある期間の母集団の全件と、証明付きのサンプルを一つの zip にまとめます",
    check: "証拠一式（ファイル、ログ、件数、サンプル）を検査します",
  },
  options: {
    from: "期間の始まり（2026-07-01、または時刻付き）",
    to: "期間の終わり（その時刻は含みません）",
    period: "2026、2026-Q3、2026-07 のいずれか（--from と --to の代わり）",
    sample: "抽出する件数（省略時は 25）",
    seed: "抽出に使うシード。確認する側が選びます（省略時は期間によって決まるもの）",
    out: "書き出す zip ファイル（まだ存在しないもの）",
    timeZone: "日付のタイムゾーン。例: Asia/Tokyo（省略時はこのマシンのもの）",
    witness: "一緒に入れる、連署付きの証人のファイル",
    key: "別の場所に保管したログの公開鍵、またはそのファイル",
  },
  noOut: "書き出すファイルを指定してください: --out FILE.zip",
  noPeriod: "期間を指定してください: --period 2026-Q3、または --from と --to",
  badPeriod: (found) => `\`${found}\` は期間ではありません: 2026、2026-Q3、2026-07`,
  badTime: (found) => `\`${found}\` は日付ではありません: 2026-07-01、または 2026-07-01T09:00`,
  badSample: (found) => `\`${found}\` は抽出件数ではありません（0 から 1000）`,
  noCheckpoint: (dir) => `${dir} に、その鍵で署名されたチェックポイントがありません`,
  exists: (path) => `${path} はすでに存在します`,
  tooLarge: (file) => `何も書き出していません。${file} が 4 GiB 以上あり、この zip 形式には入りません`,
  cannotWrite: (path, code) => `${path} に書き込めません: ${code}`,
  written: (path, items, sample) => `${path} に書き出しました。母集団 ${items} 件、抽出 ${sample} 件。`,
  hint: (path) => `どこでも次のコマンドで検査できます: kidoban evidence check ${path} --key <ログの公開鍵>`,
  fits: (items, sample) =>
    `証拠一式に問題はありません。中のログは証明され、ほかのすべてのファイルはログから作り直したものと一致しました（母集団 ${items} 件、抽出 ${sample} 件）。`,
  ownSeed: "サンプルのシードは期間によって決まるもの（期間の終わりの後、最初に署名された時点の台帳のルート）です。",
  chosenSeed: (seed) =>
    `サンプルのシードは、一式を作った人が選んだものです: ${seed}。ご自身で指定したものでなければ、ご自身のシード（--seed）による一式を求めてください。`,
  noSeedYet:
    "期間が終わってからまだ何も署名されていないため、サンプルのシードはあなたが選んだものとみなされます。後で作り直すか、確認する側に選んでもらってください: --seed",
  digestsOnly: (count) => `サンプルの引数・結果・表示内容のうち ${count} 件は、署名されたダイジェストだけがあります。`,
  unchecked: (files) => `一式の中に裏付けがないため、検査していないファイル: ${files}`,
  faults: {
    "not-evidence": "証拠一式ではありません。",
    "file-changed": "一覧と異なるファイルがあります",
    "file-missing": "あるべきファイルがありません",
    "file-unlisted": "一覧にないファイルがあります",
    log: "中のログの検証に失敗しました",
    population: "母集団が、中のログの内容と一致しません",
    sample: "サンプルまたは件数が、シードとログから得られるものと一致しません",
    proof: "その記録の証明ではないものがあります",
    "file-untrue": "中のログの内容と一致しないファイルがあります",
    "file-foreign": "証拠一式に属さないファイルがあります",
  },
  ownKey:
    "検証には一式の中の鍵を使いました。そのログのものであることは、別の場所に保管した鍵（--key）でしか示せません。",
  notKept: "表示した内容は、すでに保管されていません。記録にはそのダイジェストがあります。",
  bodies: { kept: "保管あり", altered: "改変あり", "not-kept": "保管なし", locked: "鍵がここにないため読めません" },
  readme: (v) => `# Kidoban のログによる証拠

期間: ${v.from} から ${v.until} まで（終わりの時刻は含みません。タイムゾーン: ${v.zone}）。
ログ: ${v.origin}、台帳の大きさ ${v.size}、ルート ${v.root}。

## 内容

| ファイル | 内容 |
|---|---|
| \`log/\` | 最後のチェックポイントが署名したとおりの監査ログ。公開鍵、チェックポイント、台帳、すべてのストリーム、受け入れられた設定（\`log/configs/\`） |
| \`population.json\`、\`population.csv\` | 母集団の全件。人への確認 ${v.asked} 件、確認なしで通過した書き込み ${v.writes} 件、門自身のものと記録され確認が続かなかった呼び出し ${v.previews} 件、合わせて ${v.items} 件 |
| \`samples/\` | そのうち ${v.sample} 件。記録、誰がどの操作でどのグループとして回答したか、表示した内容、保管されている引数と結果、各記録の証明 |
| \`evidence.json\` | 期間、シード、抽出方法、件数 |
| \`cosignatures/\` | 証人のファイル（入れた場合） |
| \`verify-log.py\` | Kidoban とは別に書かれた第二の検証プログラム（Python の標準ライブラリのみ） |
| \`files.sha256\` | ほかの全ファイルの SHA-256（\`sha256sum -c\` で読める形式） |

## 検査の方法

1. ログの公開鍵を、この一式とは別のところから入手します。Kidoban を設置した人か、以前の証拠一式からです。
2. \`kidoban evidence check FILE.zip --key KEY\` は、以下のすべてをオフラインで一度に検査します。
3. Kidoban を使わない場合: 展開して \`sha256sum -c files.sha256\`、続いて \`python3 verify-log.py log --key KEY\` を実行します。
4. 証人のファイルは、その後ログが書き直されていないことを示します。証人本人から受け取ったファイルで \`python3 verify-log.py log --key KEY --witness cosignatures/FILE\` を実行します。
5. サンプルは抽出し直せます。方法: ${v.method}（シードと改行と id をつなげた SHA-256 が小さい順に取ります）。シードは \`${v.seed}\`（${v.by === "period" ? "期間の終わり以降の最初の行までの台帳のルートで、誰も選べません" : "一式を作った人が選んだもの"}）です。疑わしい場合は、ご自身でシードを選び、もう一つの証拠一式を求めてください。
6. 母集団は \`log/*.jsonl\` から手で数えられます。\`time\` が期間内にある行のうち、種類が \`request.opened\` と \`request.edited\` のもの、および \`call.intent\` でアクセスが \`write\`、かつ \`request\` がないものです。承認者に結果を見せるために門が自ら行った呼び出し（\`why.detail\` が "preview for the approver"）は、同じストリームで続く確認の \`previews\` にあります。確認が続かないものは単独の 1 件として数えるので、行われた理由を確かめてください。

## この証拠が示さないこと

- 門を通った呼び出しについての証拠です。エージェントのクライアントが自身のツールで行うことは、どの門からも見えません。
- \`stream.opened\` と \`client.connected\` は、門とエージェントがどれだけ離れていたかを示します。\`same-user\` の場合、シェルを使える悪意あるエージェントは門のファイルに手が届いた可能性があります。
- 時刻はマシンの時計によります。ストリームの中の順序は証明されますが、時刻は証明されません。
- ログの秘密鍵を持つ人は、新しいログを書くことができます。ただし、承認者が署名したものと、証人が連署したものは、その鍵では作れません。
- 見つかったシークレットは、書き込む前に印に置き換えられています。シークレットと認識されなかったものは、そのまま残っています。
- 承認者の鍵を実際に誰が持っていたかは、組織にしか分かりません。
`,
};

export type EvidenceWords = typeof en;
