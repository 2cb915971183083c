// The workload with the SDK "ali-oss". The argument is the order, in JSON.
const fs = require("fs");
const path = require("path");
const { Readable } = require("stream");
const OSS = require("ali-oss");

const order = JSON.parse(process.argv[2]);
const file = (name) => path.join(order.folder, name);
const first = fs.readFileSync(file("first"));
const second = fs.readFileSync(file("second"));

async function main() {
  // With an IP address as its endpoint, the SDK names the bucket in the header Host, and the region needs "oss-".
  const client = new OSS({
    endpoint: order.endpoint,
    region: `oss-${order.region}`,
    bucket: order.bucket,
    accessKeyId: order.id,
    accessKeySecret: order.secret,
    stsToken: order.token,
    refreshSTSTokenInterval: 3600 * 1000,
    refreshSTSToken: async () => ({ accessKeyId: order.id, accessKeySecret: order.secret, stsToken: order.token }),
    authorizationV4: order.signature === "v4",
  });
  if (order.versions) await client.putBucketVersioning(order.bucket, "Enabled");
  await client.put("shoes/put.jpg", first, { meta: { colour: "red" } });
  await client.put("shoes/over.jpg", first);
  await client.put("shoes/over.jpg", file("second"));
  await client.putStream("shoes/chunks.jpg", Readable.from([second.subarray(0, 500), second.subarray(500)]));
  await client.put("shoes/red +%41 鞋.jpg", second);
  await client.multipartUpload("shoes/parts.jpg", file("large"), { partSize: order.part_bytes, mime: "image/jpeg" });
  await client.copy("shoes/copy.jpg", "shoes/put.jpg");
  const half = await client.append("shoes/append.jpg", second.subarray(0, 500));
  await client.append("shoes/append.jpg", second.subarray(500), { position: half.nextAppendPosition });
  const gone = {};
  for (const name of ["1.jpg", "2.jpg", "3.jpg"]) gone[name] = await put(client, `shoes/${name}`, first);
  if (order.versions) {
    await deleteVersions(client, gone);
  } else {
    await client.delete("shoes/1.jpg");
    await client.deleteMulti(["shoes/2.jpg", "shoes/3.jpg"]);
  }
}

async function put(client, key, data) {
  return (await client.put(key, data)).res.headers["x-oss-version-id"];
}

async function deleteVersions(client, gone) {
  await client.delete("shoes/1.jpg", { versionId: gone["1.jpg"] });
  await client.deleteMulti(["2.jpg", "3.jpg"].map((name) => ({ key: `shoes/${name}`, versionId: gone[name] })));
  await client.put("shoes/back.jpg", first);
  const newer = await put(client, "shoes/back.jpg", second);
  await client.delete("shoes/back.jpg", { versionId: newer });
  await client.put("shoes/marked.jpg", second);
  const marked = await client.delete("shoes/marked.jpg");
  await client.delete("shoes/marked.jpg", { versionId: marked.res.headers["x-oss-version-id"] });
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
