// A wallet of TRON for tests (TIP-1193, TIP-6963), with as much of tronWeb as the page uses, and the node behind it. What
// it builds is, byte for byte, what tronWeb builds. What the person would say, and what a hostile node or wallet would
// change, is in `wallet.policy`; what it was asked is in `wallet.log`; what was sent is in `wallet.sent()`, for as long
// as the tab is there.
(() => {
  const settings = SETTINGS
  const sent = () => JSON.parse(sessionStorage.getItem('tron') ?? '[]')
  const wallet = (window.wallet = { log: [], policy: {}, listeners: [], account: settings.account, chain: settings.chain, sent })
  const failure = (code, message) => Object.assign(new Error(message), { code })
  const note = async (method, params) => {
    wallet.log.push({ method, params, clicked: navigator.userActivation.isActive })
    await wallet.policy.before?.(method)
    const answer = wallet.policy[method]
    if (typeof answer === 'number') throw failure(answer, 'The test says no.')
    if (typeof answer === 'string') throw answer
  }

  // TRON's base58, without looking at check digits: 0x41, and 20 bytes.
  const letters = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
  const toHex = address => {
    const number = [...address].reduce((sum, letter) => sum * 58n + BigInt(letters.indexOf(letter)), 0n)
    return number.toString(16).padStart(50, '0').slice(0, 42)
  }
  const word = hex => hex.padStart(64, '0')

  // Protocol buffers, as hexadecimal digits.
  const varint = number => {
    let digits = ''
    for (let rest = BigInt(number); ; rest >>= 7n) {
      const byte = Number(rest & 127n) + (rest > 127n ? 128 : 0)
      digits += byte.toString(16).padStart(2, '0')
      if (rest <= 127n) return digits
    }
  }
  const number = (field, value) => (value ? varint(field * 8) + varint(value) : '')
  const bytes = (field, hex) => (hex === undefined ? '' : varint(field * 8 + 2) + varint(hex.length / 2) + hex)
  const text = words => [...new TextEncoder().encode(words)].map(byte => byte.toString(16).padStart(2, '0')).join('')
  const encode = raw => {
    const [{ parameter: { value, type_url }, type, Permission_id }] = raw.contract
    const call = bytes(1, value.owner_address) + bytes(2, value.contract_address) + number(3, value.call_value) + bytes(4, value.data)
    const kind = { TransferContract: 1, TriggerSmartContract: 31 }[type]
    const contract = number(1, kind) + bytes(2, bytes(1, text(type_url)) + bytes(2, call)) + number(5, Permission_id)
    return (
      bytes(1, raw.ref_block_bytes) + bytes(4, raw.ref_block_hash) + number(8, raw.expiration) + bytes(10, raw.data) +
      bytes(11, contract) + number(14, raw.timestamp) + number(18, raw.fee_limit)
    )
  }
  // The transaction of these data, after whoever makes it at this step changed them.
  const transaction = async (raw, step) => {
    const raw_data = structuredClone(raw)
    wallet.policy.change?.[step]?.(raw_data)
    const raw_data_hex = encode(raw_data)
    const digest = await crypto.subtle.digest('SHA-256', Uint8Array.from(raw_data_hex.match(/../g), byte => parseInt(byte, 16)))
    const txID = [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('')
    const made = { visible: false, txID, raw_data, raw_data_hex }
    wallet.policy.rename?.[step]?.(made)
    return made
  }

  const tronWeb = (wallet.tronWeb = {
    transactionBuilder: {
      async triggerSmartContract(token, signature, { feeLimit, callValue, blockHeader }, parameters, owner) {
        await note('triggerSmartContract', [token, signature, parameters, owner])
        if (signature !== 'transfer(address,uint256)' || callValue !== 0) throw new Error(`no ${signature}`)
        const [to, amount] = parameters.map(({ value }) => value)
        const data = 'a9059cbb' + word(toHex(to).slice(2)) + word(BigInt(amount).toString(16))
        const value = { data, owner_address: toHex(owner), contract_address: toHex(token) }
        const now = Date.now()
        const raw = {
          contract: [{ parameter: { value, type_url: 'type.googleapis.com/protocol.TriggerSmartContract' }, type: 'TriggerSmartContract' }],
          ...(blockHeader ?? { ref_block_bytes: '1234', ref_block_hash: '06495993ad06c3a2', expiration: now + 60_000, timestamp: now }),
          fee_limit: feeLimit,
        }
        return { result: { result: true }, transaction: await transaction(raw, 'build') }
      },
      async addUpdateData({ raw_data }, data, format) {
        await note('addUpdateData', [data, format])
        if (format !== 'hex') throw new Error(`no ${format}`)
        return transaction({ ...raw_data, data }, 'note')
      },
    },
    trx: {
      async sign({ raw_data }) {
        await note('sign', [raw_data])
        return { ...(await transaction(raw_data, 'sign')), signature: ['00'.repeat(65)] }
      },
      async sendRawTransaction(signed) {
        await note('sendRawTransaction', [signed.txID])
        if (wallet.policy.refuses) return { code: 'SIGERROR', txid: signed.txID, message: text('no') }
        sessionStorage.setItem('tron', JSON.stringify([...sent(), signed]))
        return { result: true, txid: signed.txID, transaction: signed }
      },
      async getTransactionInfo(id) {
        await wallet.policy.before?.('getTransactionInfo')
        const known = sent().some(({ txID }) => txID === id)
        return known && !wallet.policy.silent ? { id, receipt: { result: wallet.policy.result ?? 'SUCCESS' } } : {}
      },
    },
  })

  const answers = {
    eth_requestAccounts: () => [wallet.account],
    eth_accounts: () => [wallet.account],
    eth_chainId: () => wallet.chain,
    wallet_switchEthereumChain: ([{ chainId }]) => {
      wallet.chain = chainId
      return null
    },
  }
  const provider = {
    tronWeb,
    async request({ method, params = [] }) {
      await note(method, params)
      if (!(method in answers)) throw failure(4200, `no ${method}`)
      return answers[method](params)
    },
    on: (event, listener) => wallet.listeners.push([event, listener]),
    removeListener: (event, listener) => {
      wallet.listeners = wallet.listeners.filter(pair => pair[0] !== event || pair[1] !== listener)
    },
  }
  wallet.change = (name, value) => {
    for (const [event, listener] of wallet.listeners) if (event === name) listener(value)
  }
  if (!settings.announces) {
    window.tron = provider
    return
  }
  const info = { uuid: '1', name: 'Test wallet of TRON', icon: 'data:image/svg+xml,<svg/>', rdns: 'org.test.tron' }
  const detail = Object.freeze({ info: Object.freeze(info), provider })
  const announce = () => window.dispatchEvent(new CustomEvent('TIP6963:announceProvider', { detail }))
  window.addEventListener('TIP6963:requestProvider', announce)
  announce()
})()
