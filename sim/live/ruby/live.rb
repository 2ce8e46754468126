# The same application for genuine Puma and Sidekiq: the events on stdout, the lifeline and what is told on stdin.
require "json"
require "sidekiq"
Redis.silence_deprecations = true if Redis.respond_to?(:silence_deprecations=)

SCALE = Float(ENV.fetch("LIVE_SCALE"))
Sidekiq.configure_server do |config|
  config.redis = { url: ENV.fetch("LIVE_REDIS") }
  config.logger.level = Logger::ERROR
  config.on(:startup) { tell("ready") }
end
Sidekiq.configure_client { |config| config.redis = { url: ENV.fetch("LIVE_REDIS"), size: 20 } }

Work = Struct.new(:before, :call, :after, :job, :queue)
WORK = {}
$stdout.sync = true
$lines = Queue.new # a full pipe must not hold up a web thread

def now = Process.clock_gettime(Process::CLOCK_MONOTONIC) # on Linux the clock of Python's perf_counter

def tell(event, **more) = $lines << JSON.dump({ at: now, event: event, **more })

def sleep_until(instant)
  left = instant - now
  sleep(left) if left > 0
end

def hear(line)
  word, *rest = line.split
  case word
  when "work" then WORK[rest[0]] = Work.new(*rest[1..3].map(&:to_f), rest[4] == "-" ? nil : rest[4].to_f, rest[5])
  when "down" then $down = rest[0]
  when "up" then $down = nil
  end
end

# how long a call takes that begins now, and whether it succeeds
def call_of(seconds) = $down ? [$down == "-" ? seconds : $down.to_f, false] : [seconds, true]

def place = Thread.current[:live] ||= ($places ||= Queue.new.tap { |all| 1000.times { |n| all << n } }).pop

Thread.new { loop { $stdout.syswrite($lines.pop + "\n") } }
Thread.new do
  while (line = $stdin.gets) do hear(line) if line.end_with?("\n") end # else its writer has gone in the middle of it
ensure
  exit!(0) # whoever started us is no more
end

class ServiceDownError < StandardError; end

class HardJob
  include Sidekiq::Worker

  def perform(request_id, seconds)
    tell("picked_up", request_id: request_id, place: place)
    seconds, succeeds = call_of(seconds)
    sleep(seconds / SCALE)
    tell(succeeds ? "completed" : "failed", request_id: request_id, place: place)
    raise ServiceDownError, "the service behind does not answer" unless succeeds
  end
end

def text(status, body) = [status, { "Content-Type" => "text/plain" }, [body]]

APPLICATION = lambda do |env|
  began, kind, name = now, env["PATH_INFO"].delete_prefix("/work-"), env["HTTP_X_REQUEST_ID"].to_s
  work = WORK[name[/\A[^.]*/]] || WORK[kind] # a retry 7.2 asks for what 7 asked for
  next text(404, "No such work.\n") unless work
  tell("started", request_id: name, place: place, kind: kind)
  sleep_until(began + work.before / SCALE)
  if work.job
    HardJob.set(queue: work.queue).perform_async(name, work.job)
    tell("enqueued", request_id: name)
  end
  seconds, succeeds = work.call > 0 ? call_of(work.call) : [0.0, true]
  sleep_until(began + (work.before + seconds + work.after) / SCALE)
  tell("finished", request_id: name, place: place)
  next text(500, "The service behind does not answer.\n") unless succeeds
  work.job ? text(202, "accepted\n") : text(200, "done\n")
end
