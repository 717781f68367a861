-- One request again and again; its body comes from the environment.
wrk.method = "POST"
wrk.body = os.getenv("Q2C_BENCH_BODY")
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("Q2C_BENCH_KEY")
