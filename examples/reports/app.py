from flask import Flask, jsonify, request
from flask_cors import CORS

app = Flask(__name__)
CORS(app, resources={r"/api/.*": {"origins": ["https://app.example.com/"]}}, supports_credentials=True)


@app.route("/api/reports")
def reports():
    return jsonify(["Q1", "Q2"])


@app.route("/export", methods=["GET", "POST"])
def export():
    answer = jsonify({"rows": 3})
    answer.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin")
    answer.headers["Access-Control-Allow-Credentials"] = "true"
    return answer
