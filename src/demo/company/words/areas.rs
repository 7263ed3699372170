//! What the company does: its areas, the teams in them, and what each team works on.
//!
//! A line that starts with `#` is an area: name, slug, what it is for. One that starts with `@` is a team: name, slug,
//! system, what it does. The others are topics: the word in names of services, and what stands behind it.

/// An area of the business; a tribe works on it.
#[derive(Clone, Debug)]
pub(in crate::demo::company) struct Area {
    pub(in crate::demo::company) name: &'static str,
    pub(in crate::demo::company) slug: &'static str,
    pub(in crate::demo::company) description: &'static str,
    pub(in crate::demo::company) teams: Vec<TeamWords>,
}

/// A team, and the words of its work.
#[derive(Clone, Debug)]
pub(in crate::demo::company) struct TeamWords {
    pub(in crate::demo::company) name: &'static str,
    pub(in crate::demo::company) slug: &'static str,
    pub(in crate::demo::company) system: &'static str,
    pub(in crate::demo::company) description: &'static str,
    /// The word, and what it stands for.
    pub(in crate::demo::company) topics: Vec<(&'static str, &'static str)>,
}

/// Every area, the ones that a small company has first.
pub(in crate::demo::company) fn areas() -> Vec<Area> {
    let mut areas: Vec<Area> = Vec::new();
    for line in AREAS.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let fields = |text: &'static str| -> Vec<&'static str> { text.split('|').map(str::trim).collect() };
        if let Some(rest) = line.strip_prefix('#') {
            let [name, slug, description] = fields(rest)[..] else { continue };
            areas.push(Area { name, slug, description, teams: Vec::new() });
        } else if let Some(rest) = line.strip_prefix('@') {
            let [name, slug, system, description] = fields(rest)[..] else { continue };
            if let Some(area) = areas.last_mut() {
                area.teams.push(TeamWords { name, slug, system, description, topics: Vec::new() });
            }
        } else if let Some((word, meaning)) = line.split_once('=')
            && let Some(team) = areas.last_mut().and_then(|area| area.teams.last_mut())
        {
            team.topics.push((word.trim(), meaning.trim()));
        }
    }
    areas
}

const AREAS: &str = "
# Commerce | commerce | From the first price to a confirmed booking.
@ Quotes | quotes | quoting | Turns a lane and a load into a price that we can stand by.
quotes = spot quotes for a lane and a load
rate-shopping = carrier prices compared side by side
margin-rules = margins per customer segment and lane
quote-documents = quote PDFs and the mails that carry them
lane-catalog = the lanes that we sell and their transit times
surcharges = fuel, toll and peak season surcharges
offer-expiry = offers that run out or are withdrawn
@ Booking Core | booking-core | booking | Owns the life of a booking until it is handed to a carrier.
bookings = bookings from draft to confirmation
booking-amendments = changes to confirmed bookings
cutoffs = cut-off times per terminal and carrier
cargo-details = pieces, weights and packaging of a load
allocations = space held on contracted departures
booking-events = the stream of booking events
incoterms = who pays for which leg
@ Shipper Portal | shipper-portal | portal | The web portal our shippers log in to every morning.
portal = the portal for shippers
address-book = consignees and pick-up addresses
saved-searches = searches and filters that shippers keep
portal-dashboard = the start page with shipments that need attention
bulk-upload = spreadsheets with hundreds of orders
account-settings = users, roles and preferences of a shipper
help-center = help articles and guided tours
@ Pricing | pricing | pricing | Price lists, contracts, and the model that says what a lane is worth.
price-lists = base prices per lane, mode and season
contract-rates = rates agreed with key accounts
price-simulator = what-if prices for the sales desk
currency-rates = daily exchange rates and their history
discounts = vouchers and volume discounts
dynamic-pricing = prices that follow demand and free capacity
tariffs = public tariffs of ocean and air carriers
@ Checkout | checkout | booking | Gets a shipper from a quote to a paid booking without a call.
checkout = the steps from quote to booking
payment-methods = cards, direct debit and pay-later
order-summary = what was ordered, at which price, on which terms
insurance-offers = cargo insurance offered while booking
terms = terms and conditions and who accepted which version
guest-orders = orders without an account
carts = loads collected before they are booked
@ Partner API | partner-api | integrations | The public API and EDI for shippers who never open the portal.
partner-gateway = the public API for customers and partners
webhooks = webhooks to customers with retries and signatures
edi-translator = EDIFACT and X12 messages in and out
api-keys = keys, quotas and usage of API customers
partner-onboarding = the sandbox and its first credentials
erp-connectors = connectors to the ERP systems of shippers
developer-portal = the documentation for integrators
@ Key Accounts | key-accounts | crm | Tools for the people who look after our largest shippers.
account-plans = plans and targets per key account
tender-desk = tenders, rounds and awarded lanes
scorecards = monthly scorecards for large customers
sales-cockpit = what an account manager sees before a call
customer-contracts = contracts, renewals and their documents
onboarding-checklists = the first ninety days of a new account

# Transport | transport | Carriers, capacity and trucks: moving what was booked.
@ Carrier Integrations | carrier-integrations | carriers | One adapter per carrier, and nobody else needs to know how they differ.
carrier-rates = rates of every connected carrier
carrier-gateway = all talk with carriers behind one interface
carrier-onboarding = new carriers from contract to first shipment
label-printing = labels in the format each carrier wants
pickup-requests = pick-up orders to carriers
carrier-status = status messages translated to ours
manifest-builder = end-of-day manifests
@ Dispatch | dispatch | dispatching | Puts loads on trucks, and somebody in the driver's seat.
dispatch-board = the screen dispatchers live in
load-matching = loads matched to vehicles and drivers
tour-execution = tours while they are driven
driver-shifts = shifts, breaks and driving time rules
vehicle-registry = trucks, trailers and their papers
subcontracting = tours handed to subcontractors
geofences = areas and what happens when a truck enters one
@ Route Planning | route-planning | routing | Finds tours that are short, legal and on time.
route-optimizer = tours optimised for time windows and costs
distance-matrix = driving times between any two stops
toll-calculator = tolls by country, axle and emission class
map-tiles = map tiles and vector styles
geocoding = addresses turned into coordinates
truck-restrictions = bridges, weights and low emission zones
stop-sequencer = the order of stops within a tour
@ Capacity | capacity | capacity | Knows what space we bought and how full it is.
capacity-plan = weekly capacity per lane and mode
departures = sailings, flights and line hauls
equipment = containers and trailers, where and in what state
space-requests = requests for space beyond the contract
utilisation = how full departures leave
carrier-contracts = contracted volumes and penalties
@ Driver App | driver-app | driver | The app in the cab: tours, proofs, and a signature at the ramp.
driver-app = the app for drivers on Android and iOS
proof-of-delivery = photos, signatures and damages at delivery
driver-messages = chat between dispatcher and driver
device-sync = data kept in sync when the network is not
cab-navigation = navigation that knows the height of the truck
driver-documents = licences, training and their expiry
@ Yard and Dock | yard-dock | yard | Slots, gates and ramps at our forty terminals.
slot-booking = time slots at the ramp
gate-control = gates, number plates and barriers
yard-map = which trailer stands where
dock-scheduling = ramps and who unloads when
terminal-directory = terminals, opening hours and contacts
weighbridge = readings of the weighbridges
@ Linehaul | linehaul | network | Runs the trunk network between terminals at night.
linehaul-planner = the nightly trunk schedule
hub-sorting = which pallet leaves on which trunk
trunk-tracking = trailers between hubs
network-design = what the network should look like next year
load-carriers = pallets, cages and who owes whom how many
cross-dock = goods that never touch a shelf

# Visibility | visibility | Where is it, when does it arrive, and who has to know.
@ Tracking | tracking | tracking | Collects every scan and position, and makes one story of them.
tracking-ingest = scans and positions as they arrive
shipment-timeline = the milestones of a shipment in order
tracking-page = the public page behind the tracking link
milestone-rules = which scan means which milestone
position-store = positions of vehicles and containers
tracking-archive = shipments that were delivered long ago
event-dedup = events that arrive twice or too late
@ ETA | eta | prediction | Predicts arrivals, and says how sure it is.
eta-service = predicted arrivals for every open shipment
eta-features = features for the arrival models
eta-training = training and back-testing of arrival models
port-congestion = waiting times at ports and terminals
traffic-feed = traffic and road works
weather-feed = storms, ice and high water
@ Notifications | notifications | messaging | Mails, texts and push messages that people want to get.
notifications = messages to shippers, drivers and consignees
mail-templates = templates of every mail we send
sms-gateway = text messages by several providers
push-gateway = push messages to phones
preferences = who wants to hear about what
digest-builder = daily and weekly summaries
bounce-handler = addresses that do not exist any more
@ Exceptions | exceptions | exceptions | Finds shipments in trouble before the customer does.
exception-engine = rules that spot late, lost and damaged freight
case-desk = cases and who works on them
delay-reasons = why something is late, in codes customers accept
playbooks = what to do for each kind of exception
escalations = cases that nobody picked up in time
temperature-alerts = reefers that get too warm
@ Control Tower | control-tower | control-tower | The wall of screens in the operations room.
control-tower = the overview for operations
ops-map = everything that moves, on a map
shift-handover = notes from one shift to the next
kpi-wall = figures on the wall of the operations room
incident-log = incidents in operations and what was done
watchlists = shipments somebody wants to keep an eye on
@ Telematics | telematics | telematics | Boxes in trucks, seals on containers, and what they send.
telematics-ingest = messages of the boxes in trucks
device-registry = devices, SIM cards and firmware
sensor-decoder = binary payloads of a dozen vendors
fuel-monitor = fuel levels and suspicious drops
seal-events = electronic seals opened and closed
firmware-rollout = firmware updates over the air
@ Consignee Experience | consignee | delivery | What the person who waits for the pallet gets to see.
delivery-windows = delivery windows and how to change them
doorstep = the consignee's page on the day of delivery
feedback = ratings and comments after delivery
reschedule = deliveries moved to another day
drop-off-points = shops and lockers near the address

# Money | money | Invoices, payouts and the books behind them.
@ Billing | billing | billing | Gets every shipment onto the right invoice.
billing-engine = charges for everything we do
invoices = invoices and credit notes
invoice-delivery = invoices on paper, by mail and by e-invoicing network
billing-runs = the nightly and monthly billing runs
charge-codes = charge codes and how they are booked
dunning = reminders for what is overdue
e-invoicing = XRechnung, FatturaPA and Peppol
@ Ledger | ledger | accounting | Double entry for every cent; nothing is ever deleted.
ledger = the double-entry ledger
journal-export = postings for the accounting system
reconciliation = bank statements matched with the books
accruals = costs that are known before the bill arrives
period-close = the monthly closing and its checks
chart-of-accounts = accounts and cost centres
@ Payouts | payouts | payouts | Pays carriers on time, and once.
payouts = payments to carriers and subcontractors
self-billing = credit notes in the name of the carrier
bank-gateway = files and messages to banks
carrier-statements = what a carrier earned this month
fraud-checks = changed bank accounts and other suspicious things
cash-forecast = cash for the next twelve weeks
@ Claims | claims | claims | Damages and losses, from the photo to the settlement.
claims = damage and loss claims
claim-intake = photos and forms from those who claim
liability-rules = who is liable under which convention
insurer-link = cases handed to insurers
settlements = what was paid, and by whom
@ Tax and Duties | tax-duties | tax | Value added tax, import duties, and the forms they need.
vat-engine = value added tax for every lane and party
duty-calculator = import duties by tariff number
tax-reports = monthly tax declarations
vat-id-check = VAT numbers that are valid today
intrastat = statistics that every border wants
@ Credit Risk | credit-risk | risk | Decides who may pay later, and how much.
credit-limits = limits per customer
credit-scoring = scores from our own and bought data
exposure = what every customer owes us now
collections = cases handed to collection agencies
kyc = who a customer really is
@ Cost Control | cost-control | costing | Knows what a shipment costs before the carrier's bill comes.
cost-engine = expected costs per shipment
bill-audit = carrier bills checked against what was agreed
freight-accounting = margins per shipment, lane and customer
cost-allocation = shared costs spread over shipments
rebill = extra costs charged to customers

# Platform | platform | What every other team stands on.
@ Developer Experience | devex | developer-platform | Makes the way from a laptop to production short and boring.
bq-cli = the command line tool every engineer has
service-templates = templates for new services
build-cache = shared caches for builds
ci-runners = the machines that run our pipelines
release-bot = the bot that tags, writes notes and nags
preview-environments = an environment for every pull request
dev-metrics = lead times and other delivery figures
monorepo-tools = scripts around large repositories
@ Cloud Foundation | cloud-foundation | cloud | Accounts, networks and guard rails in the cloud.
landing-zone = accounts and their guard rails
network = networks, peering and DNS
cost-reports = who spends what in the cloud
account-vending = new cloud accounts within minutes
backup-operator = backups and the drills to restore them
cloud-policies = policies as code
@ Runtime | runtime | runtime | Kubernetes, and everything that keeps containers running.
cluster-bootstrap = new clusters from nothing
ingress = ingress controllers and certificates
autoscaler = scaling by queue length and time of day
deploy-operator = the operator behind deployments
image-builder = base images and their patches
service-mesh = the mesh and its defaults
node-janitor = nodes that misbehave
@ Observability | observability | telemetry | Logs, metrics and traces, and alerts worth waking up for.
metrics-gateway = metrics from services to storage
log-router = logs to where they belong
alert-rules = alerts and who gets them
trace-collector = traces and their sampling
slo-reporter = objectives and error budgets
synthetic-checks = checks from outside every minute
oncall-tools = rotations and hand-overs
@ Identity | identity | identity | Who you are and what you may do, for people and machines.
auth = sign-in for customers and staff
permissions = roles and what they allow
session-store = sessions and their revocation
token-exchange = tokens between services
user-directory = users of all our products
sso-bridge = sign-in with the customer's own identity provider
audit-log = who did what, when
@ Frontend Platform | frontend-platform | frontend | The design system and the shell all our web pages share.
quayside = the design system
web-shell = the frame around all web applications
feature-flags = flags and gradual rollouts
i18n = texts and translations in 23 languages
web-analytics = page views without cookies
asset-pipeline = images, fonts and how they reach browsers
component-playground = every component in every state
@ Storage | storage | datastores | Databases, queues and caches that somebody else operates well.
postgres-operator = PostgreSQL clusters and their upgrades
kafka-platform = Kafka clusters, topics and quotas
schema-registry = schemas of everything that is sent
redis-fleet = caches and their eviction
db-migrations = migrations with a seat belt
object-store = buckets and their lifecycle
outbox-relay = events from databases to Kafka
@ Security | security | security | Finds holes before others do, and helps to close them.
secrets-broker = secrets for services, never on disk
vuln-scanner = weaknesses in images and dependencies
security-baseline = hardening that every service inherits
threat-models = threat models and reviews
phishing-drills = drills nobody likes
waf-rules = rules of the web application firewall

# Data | data | Numbers that everybody can find and trust.
@ Data Platform | data-platform | lakehouse | The lakehouse, its pipelines, and the contracts for what flows in.
lakehouse = tables, formats and their maintenance
ingestion = sources copied to the lakehouse
data-contracts = contracts for what producers send
data-catalog = tables, owners and meaning
airflow-dags = scheduled pipelines
data-quality = tests on tables and their alarms
cdc-connectors = changes captured from databases
@ Analytics Engineering | analytics-engineering | warehouse | Models that turn events into figures finance agrees with.
dbt-models = models of the warehouse
shipment-mart = everything about shipments, one row each
finance-mart = figures that finance signs
metric-layer = definitions of what we measure
report-scheduler = reports to mailboxes on Monday
self-service = dashboards that people build themselves
@ Forecasting | forecasting | forecasting | Volumes for next week and next year.
demand-forecast = volumes by lane and week
staffing-forecast = people needed per terminal and shift
backtest = forecasts compared with what came
seasonality = holidays, harvests and trade fairs
scenario-planner = what happens if a port closes
@ Machine Learning Platform | ml-platform | ml | From notebook to endpoint without a rewrite.
feature-store = features for training and serving
model-registry = models, versions and who approved them
model-serving = endpoints for models
training-jobs = training on rented accelerators
label-studio = labelled documents and photos
drift-monitor = models that get worse
@ Experimentation | experimentation | experiments | Tells whether a change made anything better.
experiments = experiments and who is in which group
assignment = stable assignment to variants
experiment-stats = statistics behind the verdict
guardrails = figures no experiment may harm
@ Document Understanding | document-understanding | documents | Reads bills of lading so that nobody has to type them.
doc-extract = fields read from scanned documents
doc-classifier = what kind of document this is
ocr-pipeline = text from scans and photos
doc-review = the screen where people correct the machine
training-documents = documents for training, anonymised
@ Customer Insights | customer-insights | insights | Why customers stay, and why they leave.
churn-model = customers about to leave
segments = segments for sales and marketing
nps-survey = surveys and what people wrote
usage-events = what people click
attribution = which campaign brought whom

# Warehousing | warehousing | Goods in, goods out, and where they are in between.
@ Inbound | inbound | inbound | Takes in what arrives, counts it, and finds it a place.
receiving = goods received at the ramp
putaway = where to put what has arrived
asn = advance shipping notices
quality-inspection = samples taken from what arrives
supplier-portal = the portal for suppliers
@ Inventory | inventory | inventory | What lies where, to the piece.
stock = stock by location and batch
stock-moves = every movement of goods
cycle-counts = counting a bit every day
batch-tracing = batches, serial numbers and recalls
stock-sync = stock reported to customers' shops
replenishment = pick faces that run empty
@ Picking | picking | fulfilment | The shortest walk through the warehouse, and the right box.
pick-tours = tours through the warehouse
pack-station = the screen at the packing table
cartonizer = the smallest box that fits
pick-by-voice = picking by voice
wave-planner = waves of orders that leave together
handheld = the software on handheld scanners
@ Returns | returns | returns | What comes back, and what happens to it.
returns = returned goods
return-labels = labels for returns
grading = how good a returned thing still is
refunds = refunds and when they are due
@ Automation | automation | automation | Conveyors, shuttles and robots, and the software in front of them.
conveyor-control = conveyors and sorters
robot-fleet = robots and where they are sent
plc-bridge = messages to and from controllers
digital-twin = the warehouse simulated
machine-telemetry = readings of machines
@ Warehouse Billing | warehouse-billing | warehouse-billing | Storage by the pallet and day, and every extra touch.
storage-fees = storage by pallet and day
activity-log = work that customers pay for
warehouse-contracts = contracts of warehouse customers
@ Labour Planning | labour-planning | workforce | Enough hands on every shift.
shift-planner = shifts in warehouses
time-clock = when people come and go
piece-rates = output per person and hour
agency-staff = temporary staff from agencies

# Customs | customs | Borders, papers and what may not cross them.
@ Customs Declarations | customs-declarations | declarations | Files declarations in eleven countries, mostly without a person.
declarations = import and export declarations
customs-gateway = messages to customs authorities
tariff-lookup = tariff numbers and duty rates
transit-documents = T1 and other transit papers
customs-desk = the screen of customs clerks
@ Trade Documents | trade-documents | trade-documents | Bills of lading, certificates, and who has to sign them.
bill-of-lading = bills of lading on paper and without
certificates = certificates of origin
document-vault = documents of a shipment, kept for ten years
signing = signatures that hold in court
@ Dangerous Goods | dangerous-goods | dangerous-goods | What may travel with what, and what must never.
dangerous-goods = dangerous goods and their papers
segregation-rules = what may stand beside what
un-numbers = UN numbers and limits by mode
safety-sheets = safety data sheets
@ Screening | screening | compliance | Nobody on a sanctions list ships with us.
sanctions-screening = parties screened against sanctions lists
list-updates = new lists, within the hour
hit-review = hits that a person has to judge
dual-use = goods that need an export licence
@ Sustainability | sustainability | emissions | Emissions per shipment, by a method auditors accept.
emissions = emissions per shipment
offset-orders = offsets bought by customers
emission-factors = factors by vehicle and fuel
green-lanes = alternatives with lower emissions

# Corporate | corporate | The systems that run the company itself.
@ People Systems | people-systems | workplace | Hiring, pay and desks.
hr-sync = people data between systems
desk-booking = desks and meeting rooms
onboarding-flow = accounts for new colleagues
payroll-export = hours and extras for payroll
org-chart = who works with whom
@ Website | website | website | Brightquay's public face.
website = the public web site
blog = the company blog
careers = open positions
landing-pages = pages for campaigns
cms = what editors work in
@ Support Tools | support-tools | support | What customer care works with.
agent-desktop = one screen for customer care
call-router = calls to the right person
chat-widget = the chat on our pages
macros = answers that are used often
case-sync = cases between systems
@ Finance Systems | finance-systems | erp | The ERP and its neighbours.
erp-bridge = data to and from the ERP
procurement = purchase orders and approvals
expense-import = travel expenses
asset-register = laptops, scanners and trucks
";
