require_relative "live"
tell("ready")
run APPLICATION
