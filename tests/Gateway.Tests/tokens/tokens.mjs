// Prints key sets and tokens, good and hostile, as one JSON document: node tokens.mjs <issuer> <now in seconds>
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { CompactSign, SignJWT, UnsecuredJWT, exportJWK, exportSPKI, generateKeyPair } from 'jose';

const [issuer, nowText] = process.argv.slice(2);
const now = Number(nowText);
const audience = 'q2c';
const rsa = await generateKeyPair('RS256', { extractable: true });
const pss = await generateKeyPair('PS256', { extractable: true });
const ec = await generateKeyPair('ES256', { extractable: true });
const next = await generateKeyPair('RS256', { extractable: true });
const p384 = await generateKeyPair('ES384', { extractable: true });
const stranger = await generateKeyPair('RS256', { extractable: true });
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
const jwk = async (key, kid, more) => ({ ...(await exportJWK(key)), kid, use: 'sig', ...more });

const claims = {
  sub: 'fiona', roles: ['finance', 'staff'], scope: 'openid q2c.read q2c.write',
  entities: ['DE01'], regions: '*', org: { team: 'q2c' },
};
const token = (more = {}, header = {}, key = rsa.privateKey) => new SignJWT({ ...claims, ...more })
  .setProtectedHeader({ alg: 'RS256', kid: 'r1', typ: 'JWT', ...header })
  .setIssuer(more.iss ?? issuer).setAudience(more.aud ?? audience).setSubject(more.sub ?? claims.sub)
  .setIssuedAt(more.iat ?? now).setExpirationTime(more.exp ?? now + 300).sign(key);
const base64url = value => Buffer.from(value).toString('base64url');
const byHand = (header, payload, signer) => {
  const signed = `${base64url(header)}.${base64url(payload)}`;
  return `${signed}.${base64url(signer(Buffer.from(signed)))}`;
};
const body = JSON.stringify({ ...claims, iss: issuer, aud: audience, iat: now, exp: now + 300 });
const rs256 = key => data => sign('sha256', data, key);
const good = await token();
const [head, payload, signature] = good.split('.');

const tokens = {
  rs256: good,
  ps256: await token({}, { alg: 'PS256', kid: 'p1' }, pss.privateKey),
  es256: await token({}, { alg: 'ES256', kid: 'e1', typ: 'at+jwt' }, ec.privateKey),
  severalAudiences: await token({ aud: ['other', audience] }),
  withinSkew: await token({ exp: now - 20 }),
  rotated: await token({}, { kid: 'r2' }, next.privateKey),
  portal: await token({ customer: 'eu_cu_00000000000000000000000001', roles: ['administrator'] }),

  none: new UnsecuredJWT(claims).setIssuer(issuer).setAudience(audience).setExpirationTime(now + 300).encode(),
  noneWithKeyId: `${base64url('{"alg":"none","kid":"r1"}')}.${payload}.${signature}`,
  hs256WithPublicKey: byHand('{"alg":"HS256","kid":"r1"}', body,
    await exportSPKI(rsa.publicKey).then(pem => data => createHmac('sha256', pem).update(data).digest())),
  keyOfAnotherId: await token({}, { kid: 'p1' }),
  unknownKeyId: await token({}, { kid: 'nobody' }),
  noKeyId: await token({}, { kid: undefined }),
  stranger: await token({}, {}, stranger.privateKey),
  expired: await token({ exp: now - 31 }),
  notYet: await token({ nbf: now + 31 }),
  issuedInFuture: await token({ iat: now + 31 }),
  noExpiry: byHand('{"alg":"RS256","kid":"r1"}', JSON.stringify({ ...claims, iss: issuer, aud: audience }), rs256(rsa.privateKey)),
  expiryAsText: byHand('{"alg":"RS256","kid":"r1"}', JSON.stringify({ ...JSON.parse(body), exp: `${now + 300}` }), rs256(rsa.privateKey)),
  truncated: good.slice(0, -22),
  withoutSignature: `${head}.${payload}.`,
  oversized: await token({ padding: 'x'.repeat(8000) }),
  changedClaims: `${head}.${base64url(body.replace('fiona', 'frank'))}.${signature}`,
  wrongAudience: await token({ aud: 'other' }),
  noAudience: byHand('{"alg":"RS256","kid":"r1"}', JSON.stringify({ ...JSON.parse(body), aud: undefined }), rs256(rsa.privateKey)),
  wrongIssuer: await token({ iss: 'https://login.example' }),
  duplicateClaims: await new CompactSign(new TextEncoder().encode(body.replace('"sub":"fiona"', '"sub":"fiona","sub":"ada"')))
    .setProtectedHeader({ alg: 'RS256', kid: 'r1' }).sign(rsa.privateKey),
  duplicateHeader: byHand('{"alg":"RS256","alg":"none","kid":"r1"}', body, rs256(rsa.privateKey)),
  claimsAsList: await new CompactSign(new TextEncoder().encode('[]')).setProtectedHeader({ alg: 'RS256', kid: 'r1' }).sign(rsa.privateKey),
  wrongCurve: await token({}, { alg: 'ES384', kid: 'e384' }, p384.privateKey),
  wrongCurveRelabelled: byHand('{"alg":"ES256","kid":"e384"}', body, data => sign('sha256', data, { key: p384.privateKey, dsaEncoding: 'ieee-p1363' })),
  derSignature: byHand('{"alg":"ES256","kid":"e1"}', body, data => sign('sha256', data, ec.privateKey)),
  algorithmOfAnotherKey: await token({}, { alg: 'PS256', kid: 'r1' }, await crypto.subtle.importKey(
    'jwk', await exportJWK(rsa.privateKey).then(({ alg, ...key }) => key), { name: 'RSA-PSS', hash: 'SHA-256' }, false, ['sign'])),
  weakKey: byHand('{"alg":"RS256","kid":"weak"}', body, rs256(weak.privateKey)),
  embeddedKey: await token({}, { jwk: await exportJWK(stranger.publicKey) }, stranger.privateKey),
  keyAddress: await token({}, { jku: `${issuer}/stranger` }, stranger.privateKey),
  certificateAddress: await token({}, { x5u: `${issuer}/stranger` }, stranger.privateKey),
  critical: byHand('{"alg":"RS256","kid":"r1","crit":["exp"]}', body, rs256(rsa.privateKey)),
  idToken: await token({}, { typ: 'logout+jwt' }),
  noSubject: byHand('{"alg":"RS256","kid":"r1"}', JSON.stringify({ ...JSON.parse(body), sub: undefined }), rs256(rsa.privateKey)),
  longSubject: await token({ sub: 'x'.repeat(200) }),
  noEntities: byHand('{"alg":"RS256","kid":"r1"}', JSON.stringify({ ...JSON.parse(body), entities: undefined }), rs256(rsa.privateKey)),
  portalOfNobody: await token({ customer: 'acme' }),
};
const first = [
  await jwk(rsa.publicKey, 'r1', { alg: 'RS256' }), await jwk(pss.publicKey, 'p1'), await jwk(ec.publicKey, 'e1'),
  await jwk(p384.publicKey, 'e384'), { ...weak.publicKey.export({ format: 'jwk' }), kid: 'weak' },
  { kty: 'oct', kid: 'secret', k: base64url('secret') },
];
console.log(JSON.stringify({ first: { keys: first }, second: { keys: [await jwk(next.publicKey, 'r2')] }, tokens }));
