/**
 * Tells Q2C that a payment or credit memo was entered, changed or deleted. Deploy it on both record types as a user event
 * script; the address and the secret are parameters of the deployment. A request that fails is not repeated: Q2C asks every
 * two minutes for what it did not hear.
 *
 * @NApiVersion 2.1
 * @NScriptType UserEventScript
 */
define(['N/https', 'N/crypto', 'N/encode', 'N/record', 'N/runtime', 'N/log'], (https, crypto, encode, record, runtime, log) => {
  const recordName = { [record.Type.CUSTOMER_PAYMENT]: 'customerPayment', [record.Type.CREDIT_MEMO]: 'creditMemo' };

  const signature = (secret, body) => {
    const key = crypto.createSecretKey({ secret, encoding: encode.Encoding.UTF_8 });
    const hmac = crypto.createHmac({ algorithm: crypto.HashAlg.SHA256, key });
    hmac.update({ input: body, inputEncoding: encode.Encoding.UTF_8 });
    return hmac.digest({ outputEncoding: encode.Encoding.HEX }).toLowerCase();
  };

  const afterSubmit = (context) => {
    const script = runtime.getCurrentScript();
    const body = JSON.stringify({
      record: recordName[context.newRecord.type],
      id: String(context.newRecord.id),
      at: new Date().toISOString(),
    });
    try {
      https.post({
        url: script.getParameter({ name: 'custscript_q2c_address' }),
        body,
        headers: {
          'Content-Type': 'application/json',
          'X-Q2C-Signature': signature(script.getParameter({ name: 'custscript_q2c_secret' }), body),
        },
      });
    } catch (error) {
      log.error({ title: 'Q2C was not told', details: error });
    }
  };

  return { afterSubmit };
});
