# Sidekiq's own Web UI on the lab's Redis: LIVE_REDIS=redis://127.0.0.1:PORT puma sim/live/ruby/web.ru
require "sidekiq"
require "sidekiq/web"
require "rack/session/cookie"
require "securerandom"
Redis.silence_deprecations = true if Redis.respond_to?(:silence_deprecations=)
Sidekiq.configure_client { |config| config.redis = { url: ENV.fetch("LIVE_REDIS") } }
use Rack::Session::Cookie, secret: SecureRandom.hex(32), same_site: true, max_age: 86_400
run Sidekiq::Web
