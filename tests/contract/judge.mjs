// HubSpot's own Node client against a portal: prints one line of JSON for each case.
import { createRequire } from 'node:module'

const require = createRequire(process.env.CLIENT + '/')
const { Client } = require('@hubspot/api-client')

const client = new Client({
  accessToken: process.env.TOKEN,
  basePath: process.env.PORTAL_URL,
  numberOfApiCallRetries: Number(process.env.RETRIES ?? 0),
})
const contacts = client.crm.contacts
const told = {}

async function record(name, work) {
  try {
    told[name] = await work()
  } catch (error) {
    told[name] = { status: error.code, category: error.body?.category, message: error.body?.message }
  }
}

const ana = await contacts.basicApi.create({
  properties: { email: 'Ana@Example.com', firstname: 'Ana' },
  associations: [],
})
await record('created', async () => ana.properties.email)
await record('read', async () => (await contacts.basicApi.getById(ana.id, ['firstname'])).properties.firstname)
await record('byEmail', async () =>
  (await contacts.basicApi.getById('ana@example.com', undefined, undefined, undefined, false, 'email')).id === ana.id)
await record('updated', async () =>
  (await contacts.basicApi.update(ana.id, { properties: { city: 'Cluj' } })).properties.city)
await record('taken', () =>
  contacts.basicApi.create({ properties: { email: 'ana@example.com' }, associations: [] }))
await record('missing', () => contacts.basicApi.getById('999999'))
await record('unknownProperty', () => contacts.basicApi.update(ana.id, { properties: { shoe: '44' } }))
await record('upserted', async () => {
  const inputs = ['ana@example.com', 'ben@example.com'].map(id => ({
    id, idProperty: 'email', properties: { city: 'Iași' },
  }))
  const answer = await contacts.batchApi.upsert({ inputs })
  return answer.results.map(r => r._new).sort()
})
await record('batchRead', async () => {
  const answer = await contacts.batchApi.read({
    inputs: [{ id: 'ben@example.com' }], idProperty: 'email', properties: ['city'], propertiesWithHistory: [],
  })
  return answer.results.map(r => r.properties.city)
})
await record('searched', async () => {
  const answer = await contacts.searchApi.doSearch({
    filterGroups: [{ filters: [{ propertyName: 'city', operator: 'EQ', value: 'iași' }] }],
    sorts: [], properties: ['email'], limit: 10, after: '0', query: '',
  })
  return [answer.total, answer.results.map(r => r.properties.email).sort()]
})
await record('all', async () => (await contacts.getAll()).length)
await record('company', async () => {
  const acme = await client.crm.companies.basicApi.create({
    properties: { name: 'Acme', domain: 'acme.example' }, associations: [],
  })
  const api = client.crm.associations.v4
  await api.basicApi.createDefault('contacts', ana.id, 'companies', acme.id)
  const page = await api.basicApi.getPage('contacts', ana.id, 'companies')
  return page.results.map(r => [r.toObjectId === Number(acme.id) || r.toObjectId === acme.id,
    r.associationTypes.map(t => t.typeId)])
})
await record('property', async () => {
  const made = await client.crm.properties.coreApi.create('contacts', {
    name: 'shoe', label: 'Shoe', groupName: 'contactinformation', type: 'number', fieldType: 'number',
  })
  return [made.name, made.hubspotDefined]
})
await record('pipelines', async () =>
  (await client.crm.pipelines.pipelinesApi.getAll('deals')).results[0].stages.length)
await record('owners', async () => (await client.crm.owners.ownersApi.getPage()).results.length)
await record('merged', async () => {
  const ben = await contacts.basicApi.getById('ben@example.com', [], undefined, undefined, false, 'email')
  const merge = contacts.basicApi.merge ?? contacts.publicObjectApi.merge
  const owner = contacts.basicApi.merge ? contacts.basicApi : contacts.publicObjectApi
  const merged = await merge.call(owner, { primaryObjectId: ana.id, objectIdToMerge: ben.id })
  return (await contacts.basicApi.getById(ben.id)).id === merged.id
})
await record('archived', async () => {
  const page = await contacts.basicApi.getPage()
  await contacts.basicApi.archive(page.results[0].id)
  return [(await contacts.basicApi.getPage()).results.length,
    (await contacts.basicApi.getPage(10, undefined, undefined, undefined, undefined, true)).results.length > 0]
})
process.stdout.write(JSON.stringify(told))
